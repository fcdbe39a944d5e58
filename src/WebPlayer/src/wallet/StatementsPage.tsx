import { useEffect, useRef, useState } from 'preact/hooks';
import { location, navigate } from '../app/router';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { SelectField } from '../app/ui/Field';
import { coinsText, count, dateTime, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { PageBody, Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { loadGifts } from '../gifts/catalog';
import { api, type StatementOf, statementUrl } from '../wire/api';
import type { Statement, StatementLine, Unit } from '../wire/types';
import { entryWords } from './entryWords';
import { type Month, recentMonths } from './months';
import './statements.css';

/** The accounts by the names that people know them by. */
const accounts: readonly { readonly of: StatementOf; readonly name: string; readonly about: string }[] = [
  { of: 'coins', name: 'My coins', about: 'What you bought and gave.' },
  { of: 'gifts', name: 'Gifts, pending', about: 'What gifts earned, until its holding time is over.' },
  { of: 'available', name: 'Gifts, available', about: 'What gifts earned and can be paid out.' },
  {
    of: 'owed',
    name: 'Gifts, owed',
    about: 'What was taken back after it was paid out, and is repaid by later gifts.',
  },
  { of: 'sales', name: 'Sales, pending', about: 'What sales earned, until the orders are kept for good.' },
  { of: 'salesAvailable', name: 'Sales, available', about: 'What sales earned and can be paid out.' },
  {
    of: 'salesOwed',
    name: 'Sales, owed',
    about: 'What was refunded after it was paid out, and is repaid by later sales.',
  },
];

/** An account's month: what there was, what moved, what there is; also as a file. */
export function StatementsPage() {
  const { query } = location.value;
  const [months] = useState(() => recentMonths(Date.now()));
  const account = accounts.find(({ of }) => of === query.get('of')) ?? accounts[0];
  const month = months.find(({ id }) => id === query.get('month')) ?? months[0];
  useEffect(() => {
    void loadGifts();
  }, []);
  if (!account || !month) return null;

  const show = (of: string, monthId: string) => navigate(`/statements?of=${of}&month=${monthId}`, { replace: true });
  return (
    <PageBody title="Statements" intro="Every movement of your accounts, month by month. Days are in UTC.">
      <div class="statement-choice">
        <SelectField
          label="Account"
          hint={account.about}
          value={account.of}
          onChange={(event) => show(event.currentTarget.value, month.id)}
          data-testid="statement-account"
        >
          {accounts.map(({ of, name }) => (
            <option key={of} value={of}>
              {name}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="Month"
          value={month.id}
          onChange={(event) => show(account.of, event.currentTarget.value)}
          data-testid="statement-month"
        >
          {months.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <MonthStatement key={`${account.of} ${month.id}`} of={account.of} name={account.name} month={month} />
    </PageBody>
  );
}

interface MonthStatementProps {
  readonly of: StatementOf;
  readonly name: string;
  readonly month: Month;
}

/** One account in one month, with its file. */
export function MonthStatement({ of, name, month }: MonthStatementProps) {
  const { state, reload, set } = useFetched((signal) => api.statement(of, month.from, month.to, null, signal), []);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const ending = useRef(new AbortController());
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);

  if (state.kind === 'loading') return <Busy label="Loading the statement" />;
  if (state.kind === 'refused')
    return (
      <EmptyState title="The statement could not be loaded" text={state.refusal.message}>
        <Button onClick={reload}>Try again</Button>
      </EmptyState>
    );

  const shown = state.value;
  async function more(): Promise<void> {
    if (busy) return;
    const { signal } = ending.current;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await api.statement(of, month.from, month.to, shown.next, signal);
      if (answer.ok) set({ ...answer.value, lines: [...shown.lines, ...answer.value.lines] });
      else setProblem(answer.refusal.message);
    } catch (error) {
      if (!signal.aborted) throw error;
      return;
    }
    setBusy(false);
  }

  return (
    <Panel
      title={`${name}, ${month.name}`}
      actions={
        <a
          class="button button-plain button-small"
          href={statementUrl(of, month.from, month.to, '.csv')}
          download
          data-testid="statement-file"
        >
          Download CSV
        </a>
      }
    >
      <Sums statement={shown} />
      {shown.lines.length === 0 ? (
        <p class="soft">Nothing moved in this month.</p>
      ) : (
        <Lines statement={shown} label={`${name}, ${month.name}`} />
      )}
      {problem && <Notice tone="problem">{problem}</Notice>}
      {shown.next && (
        <div class="row">
          <Button busy={busy} onClick={() => void more()} data-testid="statement-more">
            Show more
          </Button>
          <span class="soft">
            {count(shown.lines.length)} of {count(shown.entries)} lines
          </span>
        </div>
      )}
    </Panel>
  );
}

const amount = (value: number, unit: Unit) => (unit === 'coins' ? count(value) : money(value, 'usd'));
const signed = (value: number, unit: Unit) => (value > 0 ? `+${amount(value, unit)}` : amount(value, unit));

function Sums({ statement }: { readonly statement: Statement }) {
  const { unit } = statement;
  const said = (value: number) => (unit === 'coins' ? coinsText(value) : money(value, 'usd'));
  return (
    <dl class="statement-sums numbers">
      <div>
        <dt>Opening</dt>
        <dd data-testid="statement-opening">{said(statement.opening)}</dd>
      </div>
      <div>
        <dt>In</dt>
        <dd class="statement-in">{said(statement.credits)}</dd>
      </div>
      <div>
        <dt>Out</dt>
        <dd>{said(statement.debits)}</dd>
      </div>
      <div>
        <dt>Closing</dt>
        <dd data-testid="statement-closing">{said(statement.closing)}</dd>
      </div>
    </dl>
  );
}

function Lines({ statement, label }: { readonly statement: Statement; readonly label: string }) {
  const { unit } = statement;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must be able to scroll it
    <section class="table-scroll" aria-label={`Lines of ${label}`} tabIndex={0}>
      <table class="statement">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">{unit === 'coins' ? 'Coins' : 'Amount'}</th>
            <th scope="col">Balance</th>
          </tr>
        </thead>
        <tbody>
          {statement.lines.map((line) => (
            <Line key={line.entryId} line={line} unit={unit} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ line, unit }: { readonly line: StatementLine; readonly unit: Unit }) {
  return (
    <tr data-testid="statement-line">
      <td>
        <time dateTime={new Date(line.at).toISOString()}>{dateTime(line.at)}</time>
      </td>
      <td>
        {entryWords(line)}
        {line.earnerName && <span class="soft"> · {line.earnerName}</span>}
        {line.roomId && (
          <>
            {' '}
            <a href={`/room/${line.roomId}`}>Room</a>
          </>
        )}
      </td>
      <td class={`numbers${line.change > 0 ? ' statement-in' : ''}`}>{signed(line.change, unit)}</td>
      <td class="numbers">
        <span class="statement-label">Balance </span>
        {amount(line.balance, unit)}
      </td>
    </tr>
  );
}
