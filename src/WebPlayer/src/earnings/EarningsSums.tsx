import type { ComponentChildren } from 'preact';
import { Coins, Money } from '../app/ui/Amount';
import { dateTime } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import type { Earnings, EarningsOf } from '../wire/types';

interface SumsProps {
  readonly earnings: Earnings;
}

/** What there is of each kind, and what each word means. */
export function EarningsSums({ earnings }: SumsProps) {
  const { gifts, sales, currency, giftHoldingDays } = earnings;
  const wait = giftHoldingDays === 0 ? 'a moment' : giftHoldingDays === 1 ? 'a day' : `${giftHoldingDays} days`;
  return (
    <div class="earnings-kinds">
      <Kind
        title="Gifts"
        of={gifts}
        amount={(value) => <Coins amount={value} />}
        pending={`Gifts wait ${wait}, in case one has to be given back.`}
        next={(at) => (
          <>
            The next part becomes available on <time dateTime={new Date(at).toISOString()}>{dateTime(at)}</time>, or
            soon after.
          </>
        )}
        statements={{ pending: 'gifts', available: 'available' }}
      />
      <Kind
        title="Sales"
        of={sales}
        amount={(value) => <Money minor={value} currency={currency} />}
        pending="A sale waits until some days after its delivery, in case it has to be refunded."
        next={() => null}
        statements={{ pending: 'sales', available: 'salesAvailable' }}
      />
    </div>
  );
}

interface KindProps {
  readonly title: string;
  readonly of: EarningsOf;
  readonly amount: (value: number) => ComponentChildren;
  readonly pending: string;
  readonly next: (at: number) => ComponentChildren;
  readonly statements: { readonly pending: string; readonly available: string };
}

function Kind({ title, of, amount, pending, next, statements }: KindProps) {
  const name = title.toLowerCase();
  return (
    <Panel title={title}>
      <div class="earnings-available">
        <p class="soft">Available</p>
        <p class="earnings-number" data-testid={`${name}-available`}>
          {amount(of.available)}
        </p>
        <p class="soft small">
          Can be paid out.{' '}
          <a href={`/statements?of=${statements.available}`}>
            Statement<span class="visually-hidden"> of available {name}</span>
          </a>
        </p>
      </div>
      <dl class="earnings-rows">
        <Row name="Pending" value={amount(of.pending)} testId={`${name}-pending`}>
          {pending}
          {of.nextAt !== null && of.pending > 0 && <> {next(of.nextAt)}</>}{' '}
          <a href={`/statements?of=${statements.pending}`}>
            Statement<span class="visually-hidden"> of pending {name}</span>
          </a>
        </Row>
        <Row name="Held" value={amount(of.held)}>
          Reserved by a payout under way, or by a payment that its bank disputes. Part of neither of the others.
        </Row>
        <Row name="Paid out" value={amount(of.paidOut)}>
          Sent to you so far.
        </Row>
        {of.owed > 0 && (
          <Row name="Owed" value={amount(of.owed)} warns>
            Was taken back after it had been paid out. What you earn next repays it first.
          </Row>
        )}
      </dl>
    </Panel>
  );
}

interface RowProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly warns?: boolean;
  readonly testId?: string;
  readonly children: ComponentChildren;
}

function Row({ name, value, warns = false, testId, children }: RowProps) {
  return (
    <div class={warns ? 'earnings-warns' : undefined}>
      <dt>{name}</dt>
      <dd class="earnings-value" data-testid={testId}>
        {value}
      </dd>
      <dd class="soft small">{children}</dd>
    </div>
  );
}
