import type { ComponentChildren } from 'preact';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import type { Fetching } from '../app/ui/useLoaded';

interface DeskListProps<T, Item> {
  readonly title: string;
  readonly fetched: Fetching<T>;
  readonly items: (value: T) => readonly Item[];
  /** What is said when there is nothing. */
  readonly empty: string;
  readonly actions?: ComponentChildren;
  readonly children: (item: Item) => ComponentChildren;
}

/** A panel with a list that was asked for: loading, refused, empty, or the items. */
export function DeskList<T, Item>({ title, fetched, items, empty, actions, children }: DeskListProps<T, Item>) {
  const { state, reload } = fetched;
  return (
    <Panel
      title={title}
      actions={
        <div class="row">
          {actions}
          <Button size="small" tone="quiet" onClick={reload}>
            Refresh
          </Button>
        </div>
      }
    >
      {state.kind === 'loading' && <Busy label={`Loading ${title.toLowerCase()}`} />}
      {state.kind === 'refused' && <Notice tone="problem">{state.refusal.message}</Notice>}
      {state.kind === 'ready' && items(state.value).length === 0 && <p class="soft">{empty}</p>}
      {state.kind === 'ready' && items(state.value).length > 0 && (
        <ul class="desk-list">{items(state.value).map(children)}</ul>
      )}
    </Panel>
  );
}
