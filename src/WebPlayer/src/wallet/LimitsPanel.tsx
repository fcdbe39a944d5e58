import { useEffect, useRef, useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { coinsText, count } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { focusPanel, Panel } from '../app/ui/PageBody';
import type { Fetching } from '../app/ui/useLoaded';
import type { LimitsView } from '../wire/types';
import { BirthDateForm } from './BirthDateForm';
import { largestGift, leftToday, type Meter, meters, percentUsed, waitingText } from './limits';
import { OwnLimitsForm } from './OwnLimitsForm';
import './limits.css';

const panelId = 'limits';

/** What may still be given, the limits one sets oneself, and one's age. */
export function LimitsPanel({ limits }: { readonly limits: Fetching<LimitsView> }) {
  const { state, reload, set } = limits;
  return (
    <Panel title="Limits" id={panelId}>
      {state.kind === 'loading' && <Busy label="Loading your limits" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' &&
        (state.value.minor ? (
          <p>You cannot give coins yet, so there is nothing to limit.</p>
        ) : (
          <Limits view={state.value} onChange={set} />
        ))}
    </Panel>
  );
}

function Limits({ view, onChange }: { readonly view: LimitsView; readonly onChange: (view: LimitsView) => void }) {
  const [changing, setChanging] = useState(false);
  const [saved, setSaved] = useState(false);
  // What had the focus is gone with the form.
  const closed = useRef(false);
  useEffect(() => {
    if (closed.current && !changing) focusPanel(panelId);
    closed.current = true;
  }, [changing, view.birthDateKnown]);
  const { day, month } = meters(view);
  const waiting = waitingText(view);
  return (
    <>
      <div class="limit-meters">
        <LimitMeter name="Today" meter={day} />
        <LimitMeter name="This month" meter={month} />
      </div>
      {leftToday(view) < day.left && <p class="soft small">The month leaves {coinsText(leftToday(view))} for today.</p>}
      <p class="soft small">One gift: up to {coinsText(largestGift(view))}. Days and months are in UTC.</p>
      {waiting && <Notice>{waiting}</Notice>}
      <p role="status" class={saved ? 'limit-saved' : 'visually-hidden'}>
        {saved && 'Your limits are saved.'}
      </p>
      {changing ? (
        <OwnLimitsForm
          view={view}
          onCancel={() => setChanging(false)}
          onSaved={(next) => {
            setChanging(false);
            setSaved(true);
            onChange(next);
          }}
        />
      ) : (
        <div class="row">
          <Button
            onClick={() => {
              setSaved(false);
              setChanging(true);
            }}
            data-testid="own-limits"
          >
            Change my limits
          </Button>
        </div>
      )}
      {!view.birthDateKnown && (
        <div class="limit-age">
          <BirthDateForm onKnown={onChange} />
        </div>
      )}
    </>
  );
}

/** A limit as a bar with its numbers: nothing is said by colour alone. */
function LimitMeter({ name, meter }: { readonly name: string; readonly meter: Meter }) {
  const percent = percentUsed(meter);
  const look = meter.left === 0 ? ' meter-full' : percent >= 80 ? ' meter-near' : '';
  return (
    <div class={`meter${look}`} data-testid="limit-meter">
      <p class="meter-head">
        <span>{name}</span>
        <strong class="numbers">{meter.left === 0 ? 'Nothing left' : `${coinsText(meter.left)} left`}</strong>
      </p>
      <svg class="meter-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="meter-whole" width="100" height="10" />
        <rect class="meter-used" width={percent} height="10" />
      </svg>
      <p class="meter-foot soft numbers">
        {count(meter.used)} of {count(meter.limit)} given
        {meter.isOwn ? ', your own limit' : ''}
      </p>
    </div>
  );
}
