import { useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField } from '../app/ui/Field';
import { Name } from '../app/ui/Name';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { harmless } from '../app/ui/text';
import { useFetched } from '../app/ui/useLoaded';
import { leftText, useNow } from '../app/ui/useNow';
import { BattleScore } from '../battles/BattleBar';
import { endWords, seenFrom } from '../battles/battle';
import { type Answer, isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import type { BattleView } from '../wire/types';

interface BattlePanelProps {
  readonly roomId: string;
  readonly battle: BattleView | null;
  readonly offers: readonly BattleView[];
  /** Only who is on can battle. */
  readonly live: boolean;
}

const lengths = [60, 180, 300, 600] as const;

/** Challenges another live room, answers its challenge, and shows how it stands. */
export function BattlePanel({ roomId, battle, offers, live }: BattlePanelProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const now = useNow(Date.now, battle?.phase === 'running' || offers.length > 0);

  async function act(call: () => Promise<Answer<BattleView>>): Promise<Answer<BattleView> | null> {
    if (busy) return null;
    setBusy(true);
    setProblem(null);
    const answer = await call();
    setBusy(false);
    if (!answer.ok) setProblem(answer.refusal.message);
    return answer;
  }

  const over = battle?.phase === 'over';
  const running = battle?.phase === 'running';
  const open = running ? [] : offers.filter(({ endsAt }) => endsAt > now);
  const hasOffered = open.some((offer) => !seenFrom(offer, roomId).challenged);
  return (
    <Panel title="Battle">
      {open.map((offer) => (
        <Offer key={offer.battleId} battle={offer} roomId={roomId} now={now} busy={busy} act={act} />
      ))}
      {battle && (battle.phase === 'running' || over) && battle.startedAt !== null && (
        <BattleScore battle={battle} roomId={roomId} now={now} />
      )}
      {battle && running && (
        <Button
          size="small"
          tone="danger"
          busy={busy}
          data-testid="battle-end"
          onClick={() => void act(() => api.endBattle(battle.battleId))}
        >
          Give up
        </Button>
      )}
      {over && battle.startedAt === null && <p class="soft">{endWords(battle, roomId)}</p>}
      {!running && !hasOffered && (live ? <Challenge roomId={roomId} busy={busy} act={act} /> : <NotLive />)}
      {problem && <Notice tone="problem">{problem}</Notice>}
    </Panel>
  );
}

function NotLive() {
  return <p class="soft">Go live to challenge another room: gifts in each room are its score.</p>;
}

type Act = (call: () => Promise<Answer<BattleView>>) => Promise<Answer<BattleView> | null>;

interface OfferProps {
  readonly battle: BattleView;
  readonly roomId: string;
  readonly now: number;
  readonly busy: boolean;
  readonly act: Act;
}

function Offer({ battle, roomId, now, busy, act }: OfferProps) {
  const { there, challenged } = seenFrom(battle, roomId);
  const minutes = battle.seconds / 60;
  const length = minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return (
    <>
      <p role="status" data-testid="battle-offer">
        {challenged ? (
          <>
            <Name of={there.owner} /> challenges you to {length} of battle.
          </>
        ) : (
          <>
            You have challenged <Name of={there.owner} /> to {length}.
          </>
        )}
      </p>
      <p class="soft numbers">The offer ends in {leftText(battle.endsAt - now)}.</p>
      <div class="row">
        {challenged ? (
          <>
            <Button
              tone="primary"
              busy={busy}
              data-testid="battle-accept"
              onClick={() => void act(() => api.answerBattle(battle.battleId, true))}
            >
              Accept
            </Button>
            <Button
              busy={busy}
              data-testid="battle-decline"
              onClick={() => void act(() => api.answerBattle(battle.battleId, false))}
            >
              Decline
            </Button>
          </>
        ) : (
          <Button busy={busy} data-testid="battle-end" onClick={() => void act(() => api.endBattle(battle.battleId))}>
            Take it back
          </Button>
        )}
      </div>
    </>
  );
}

function Challenge({ roomId, busy, act }: { readonly roomId: string; readonly busy: boolean; readonly act: Act }) {
  const { state, reload } = useFetched((signal) => api.rooms(null, signal), []);
  const [chosen, setChosen] = useState<string | null>(null);
  const [seconds, setSeconds] = useState(180);
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  const others = state.kind === 'ready' ? state.value.rooms.filter((room) => room.roomId !== roomId) : [];
  const opponent = others.find((room) => room.roomId === chosen) ?? others[0];

  async function challenge(event: Event): Promise<void> {
    event.preventDefault();
    if (!opponent) return;
    const what = `${opponent.roomId} ${seconds}`;
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    const answer = await act(() => api.offerBattle(roomId, key, opponent.roomId, seconds));
    if (answer && (answer.ok || !isTransient(answer.refusal))) attempt.current = null;
  }

  return (
    <form class="form" onSubmit={(event) => void challenge(event)}>
      {state.kind === 'refused' && <p class="soft">{state.refusal.message}</p>}
      {state.kind === 'ready' && !opponent && <p class="soft">No other room is live now.</p>}
      {opponent && (
        <>
          <div class="form-pair">
            <SelectField
              label="Room"
              value={opponent.roomId}
              data-testid="battle-room"
              onChange={(event) => setChosen((event.target as HTMLSelectElement).value)}
            >
              {others.map((room) => (
                <option key={room.roomId} value={room.roomId}>
                  {`${harmless(room.owner.name)}: ${harmless(room.title)}`}
                </option>
              ))}
            </SelectField>
            <SelectField
              label="How long"
              value={String(seconds)}
              data-testid="battle-seconds"
              onChange={(event) => setSeconds(Number((event.target as HTMLSelectElement).value))}
            >
              {lengths.map((one) => (
                <option key={one} value={String(one)}>
                  {one === 60 ? '1 minute' : `${one / 60} minutes`}
                </option>
              ))}
            </SelectField>
          </div>
          <Button type="submit" tone="primary" busy={busy} data-testid="battle-offer-send">
            Challenge
          </Button>
        </>
      )}
      <Button size="small" tone="quiet" onClick={reload}>
        Look again who is live
      </Button>
    </form>
  );
}
