import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ChoiceField } from '../app/ui/Field';
import { coinsText, money, shortCount } from '../app/ui/format';
import type { EarningsDay } from '../wire/types';
import { bars, labelled, ticks } from './chart';

export type Series = 'gifts' | 'sales' | 'paid';

interface EarningsChartProps {
  readonly days: readonly EarningsDay[];
  readonly currency: string;
}

const series: readonly { readonly of: Series; readonly name: string; readonly value: (day: EarningsDay) => number }[] =
  [
    { of: 'gifts', name: 'Gifts', value: (day) => day.giftCoins },
    { of: 'sales', name: 'Sales', value: (day) => day.salesMinor },
    { of: 'paid', name: 'Paid out', value: (day) => day.paidOutMinor },
  ];

const height = 240;
const edge = { top: 14, right: 6, bottom: 26, left: 52 };
const labelRoom = 62;

const dayName = (day: string) =>
  new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(day));
const dayInFull = (day: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' }).format(Date.parse(day));

/** Income by day as bars: a mouse over them or the slider below choose a day, and a table says the same. */
export function EarningsChart({ days, currency }: EarningsChartProps) {
  const [chosen, setChosen] = useState<Series>(() => firstWithIncome(days));
  const shown = series.find(({ of }) => of === chosen) ?? series[0];
  if (!shown) return null;
  const values = days.map(shown.value);
  const said = (value: number) => (shown.of === 'gifts' ? coinsText(value) : money(value, currency));
  return (
    <div class="earnings-chart">
      <ChoiceField
        legend="Shown"
        look="tiles"
        choices={series.map(({ of, name }) => ({ value: of, label: name }))}
        value={chosen}
        onChoose={setChosen}
      />
      <Bars
        key={`${chosen} ${days.length}`}
        name={shown.name}
        days={days}
        values={values}
        said={said}
        short={(value) => (shown.of === 'gifts' ? shortCount(value) : shortMoney(value, currency))}
      />
      <details class="earnings-table">
        <summary>The same as a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and the keyboard must be able to scroll it */}
        <section class="earnings-table-scroll" aria-label="Income by day" tabIndex={0}>
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col">Gifts</th>
                <th scope="col">Sales</th>
                <th scope="col">Paid out</th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.day}>
                  <th scope="row">{dayName(day.day)}</th>
                  <td>{coinsText(day.giftCoins)}</td>
                  <td>{money(day.salesMinor, currency)}</td>
                  <td>{money(day.paidOutMinor, currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </div>
  );
}

function firstWithIncome(days: readonly EarningsDay[]): Series {
  return series.find(({ of, value }) => of !== 'paid' && days.some((day) => value(day) !== 0))?.of ?? 'gifts';
}

function shortMoney(minor: number, currency: string): string {
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: currency.toUpperCase(),
    notation: 'compact',
    maximumFractionDigits: minor < 1000 ? 2 : 0,
  }).format(minor / 100);
}

interface BarsProps {
  readonly name: string;
  readonly days: readonly EarningsDay[];
  readonly values: readonly number[];
  readonly said: (value: number) => string;
  readonly short: (value: number) => string;
}

function Bars({ name, days, values, said, short }: BarsProps) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [at, setAt] = useState<number | null>(null);
  const last = days.length - 1;
  const area = { width: Math.max(60, width - edge.left - edge.right), height: height - edge.top - edge.bottom };
  const axis = ticks(Math.max(0, ...values));
  const top = axis.at(-1) ?? 1;
  const drawn = bars(values, top, area);
  const names = labelled(days.length, area.width, labelRoom);
  const place = area.width / Math.max(1, days.length);
  const total = values.reduce((sum, value) => sum + value, 0);
  const best = values.reduce((found, value, index) => (value > (values[found] ?? 0) ? index : found), 0);
  const day = at === null ? undefined : days[at];

  function onPointer(event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - edge.left;
    setAt(Math.min(last, Math.max(0, Math.floor(x / place))));
  }

  return (
    <div class="earnings-bars" ref={frame}>
      <p class="earnings-chosen" data-testid="chart-chosen">
        {day && at !== null ? (
          <>
            <strong class="numbers">{said(values[at] ?? 0)}</strong> on {dayInFull(day.day)}
          </>
        ) : (
          <>
            <strong class="numbers">{said(total)}</strong> in {days.length} days
          </>
        )}
      </p>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-labelledby={`${id}-title ${id}-desc`}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setAt(null)}
        data-testid="earnings-chart"
      >
        <title id={`${id}-title`}>{`${name} by day, the last ${days.length} days`}</title>
        <desc id={`${id}-desc`}>
          {total === 0
            ? 'Nothing in these days.'
            : `${said(total)} in all; the best day was ${dayName(days[best]?.day ?? '')} with ${said(values[best] ?? 0)}.`}
        </desc>
        <g transform={`translate(${edge.left} ${edge.top})`}>
          {axis.map((value) => {
            const y = area.height - (value / top) * area.height;
            return (
              <g key={value}>
                <line class={value === 0 ? 'chart-base' : 'chart-line'} x1={0} x2={area.width} y1={y} y2={y} />
                <text class="chart-words" x={-8} y={y} dy="0.32em" text-anchor="end">
                  {short(value)}
                </text>
              </g>
            );
          })}
          {at !== null && <rect class="chart-band" x={at * place} y={0} width={place} height={area.height} />}
          {drawn.map((bar, index) => (
            <rect
              key={days[index]?.day}
              class={`chart-bar${index === at ? ' chart-bar-chosen' : ''}`}
              {...bar}
              rx={Math.min(3, bar.width / 3)}
            />
          ))}
          {days.map(
            (one, index) =>
              names.has(index) && (
                <text
                  key={one.day}
                  class="chart-words"
                  x={index === last ? area.width : index * place + place / 2}
                  y={area.height + 18}
                  text-anchor={index === last ? 'end' : 'middle'}
                >
                  {dayName(one.day)}
                </text>
              ),
          )}
        </g>
      </svg>
      <input
        class="earnings-day"
        type="range"
        min={0}
        max={last}
        value={at ?? last}
        style={{ marginLeft: `${edge.left}px`, width: `${area.width}px` }}
        aria-label={`Day of ${name.toLowerCase()}`}
        aria-valuetext={`${dayInFull(days[at ?? last]?.day ?? '')}: ${said(values[at ?? last] ?? 0)}`}
        onInput={(event) => setAt(Number(event.currentTarget.value))}
        onFocus={() => setAt(at ?? last)}
        onBlur={() => setAt(null)}
        data-testid="chart-day"
      />
    </div>
  );
}

/** The width of an element, so that the chart is drawn in real pixels and its words keep their size on a phone. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return width;
}
