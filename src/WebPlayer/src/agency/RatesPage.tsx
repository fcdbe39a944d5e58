import { me } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { day } from '../app/ui/format';
import { PageBody, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { PlatformRate } from '../wire/types';
import { percent, ratesAt } from './rates';
import { ShareBar } from './ShareBar';
import './rates.css';

/** What streamers get of a gift: now, since when, and what is coming. For everybody to read. */
export function RatesPage() {
  const { state, reload } = useFetched((signal) => api.rates(signal), []);
  return (
    <PageBody
      title="Rates"
      intro="What a streamer gets of every gift. A new rate is published at least 7 days before it holds."
      actions={me.value && <LinkButton href="/studio/earnings">My earnings</LinkButton>}
    >
      {state.kind === 'loading' && <Busy label="Loading the rates" />}
      {state.kind === 'refused' && (
        <EmptyState title="The rates could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
      {state.kind === 'ready' && <Rates rates={state.value.rates} />}
    </PageBody>
  );
}

/** The first rate holds from the beginning of time. */
const since = (rate: PlatformRate) => (rate.since <= 0 ? 'from the beginning' : `since ${day(rate.since)}`);

function Rates({ rates }: { readonly rates: readonly PlatformRate[] }) {
  const { current, coming, past } = ratesAt(rates, Date.now());
  return (
    <>
      {current && (
        <Panel title="Now">
          <p class="rate-now">
            <strong class="rate-number numbers" data-testid="rate-now">
              {percent(current.streamerPart)}
            </strong>
            <span>of a gift’s coins go to the streamer, {since(current)}.</span>
          </p>
          <ShareBar streamerPart={current.streamerPart} />
          <p class="soft">
            Parts are rounded down to whole coins, and the platform keeps the remainder. A streamer with an agency
            shares this part with it, as their contract says.
          </p>
        </Panel>
      )}
      {coming.length > 0 && (
        <Panel title="Coming">
          <ul class="rate-list">
            {coming.map((rate) => (
              <li key={rate.version} data-testid="rate-coming">
                <strong class="numbers">{percent(rate.streamerPart)}</strong> from {day(rate.since)}{' '}
                <Tag tone="warn">Published</Tag>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {past.length > 0 && (
        <Panel title="Before">
          <ul class="rate-list">
            {past.map((rate) => (
              <li key={rate.version}>
                <strong class="numbers">{percent(rate.streamerPart)}</strong> {since(rate)}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}
