import { type ComponentType, Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { NoSession } from './NoSession';
import { NotFound } from './NotFound';
import { location, navigate, signInPath } from './router';
import { findRoute, type PageProps, type Route } from './routes';
import { Shell } from './Shell';
import { me, moderates, operates, session } from './session';
import { Busy } from './ui/Busy';
import { Button } from './ui/Button';
import { EmptyState } from './ui/EmptyState';
import { useLoaded } from './ui/useLoaded';

export function App() {
  const { path } = location.value;
  const found = findRoute(path);
  useEffect(() => {
    document.title = found ? `${found.route.title} · LiveCommerce` : 'Not found · LiveCommerce';
  }, [found?.route]);

  return (
    <Shell immersive={found?.route.immersive ?? false}>
      {found ? (
        <Fragment key={path}>
          <Guarded route={found.route}>
            <Page route={found.route} params={found.params} />
          </Guarded>
        </Fragment>
      ) : (
        <NotFound />
      )}
    </Shell>
  );
}

/** Shows the page only to those it is for. The server decides anyway; this only spares them a page of refusals. */
function Guarded({ route, children }: { readonly route: Route; readonly children: preact.ComponentChildren }) {
  const known = session.value !== null;
  const mustSignIn = known && route.needs !== undefined && me.value === null;
  useEffect(() => {
    if (mustSignIn) navigate(signInPath(), { replace: true });
  }, [mustSignIn]);

  if (route.needs === undefined) return <>{children}</>;
  if (!known) return <NoSession />;
  if (mustSignIn) return <Busy />;
  if (route.needs === 'moderator' && !moderates.value) {
    return <EmptyState alone title="For moderators" text="This page is for the platform's moderators." />;
  }
  if (route.needs === 'operator' && !operates.value) {
    return <EmptyState alone title="For operators" text="This page is for those who keep the platform's money." />;
  }
  return <>{children}</>;
}

function Page({ route, params }: { readonly route: Route } & PageProps) {
  const [attempt, setAttempt] = useState(0);
  const loaded = useLoaded(route.load, [route, attempt]);
  switch (loaded.kind) {
    case 'loading':
      return <Busy />;
    case 'failed':
      return (
        <EmptyState alone title="The page could not be loaded" text="Check your connection and try again.">
          <Button onClick={() => setAttempt(attempt + 1)}>Try again</Button>
        </EmptyState>
      );
    case 'ready': {
      const Loaded: ComponentType<PageProps> = loaded.value;
      return <Loaded params={params} />;
    }
  }
}
