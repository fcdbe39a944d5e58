import { useEffect } from 'preact/hooks';
import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { dateTime } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { loadGifts } from '../gifts/catalog';
import { entryWords } from '../wallet/entryWords';
import { api } from '../wire/api';

const linesShown = 10;

/** The newest income, newest first. */
export function IncomeList({ currency }: { readonly currency: string }) {
  const { state, reload } = useFetched((signal) => api.income(linesShown, signal), []);
  useEffect(() => {
    void loadGifts();
  }, []);
  return (
    <Panel
      title="Latest income"
      actions={
        <a class="earnings-link" href="/statements?of=gifts">
          All<span class="visually-hidden"> of it, as a statement</span>
        </a>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading the latest income" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' && state.value.lines.length === 0 && (
        <p class="soft">Nothing yet. Gifts and sales appear here as they come.</p>
      )}
      {state.kind === 'ready' && state.value.lines.length > 0 && (
        <ul class="income-lines">
          {state.value.lines.map((line) => (
            <li key={line.entryId} data-testid="income-line">
              <span class="income-words">
                <span>{entryWords(line)}</span>
                <time class="soft small" dateTime={new Date(line.at).toISOString()}>
                  {dateTime(line.at)}
                </time>
              </span>
              <span class={line.change > 0 ? 'income-plus' : ''}>
                {line.unit === 'coins' ? (
                  <Coins amount={line.change} signed />
                ) : (
                  <>
                    {line.change > 0 && '+'}
                    <Money minor={line.change} currency={currency} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
