import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey } from '../wire/key';
import { ratesAt } from './rates';
import { ShareBar } from './ShareBar';
import { daysLater, daysProblem, dayText, readShare, shareMax, yearLater } from './terms';

/** Offers a contract to a streamer, and shows what it would mean before it is sent. */
export function OfferForm({ onOffered }: { readonly onOffered: () => void }) {
  const today = dayText(Date.now());
  const rates = useFetched((signal) => api.rates(signal), []);
  const [streamer, setStreamer] = useState('');
  const [shareTyped, setShareTyped] = useState('10');
  const [from, setFrom] = useState(daysLater(today, 1));
  const [until, setUntil] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** One key per offer: pressing again after an unknown outcome must not make a second one. */
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  const ending = useRef(new AbortController());
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);

  const share = readShare(shareTyped);
  const wrongDay = daysProblem(from, until, today);
  const rate = rates.state.kind === 'ready' ? ratesAt(rates.state.value.rates, Date.now()).current : null;
  const complete = streamer.trim() !== '' && share !== null && wrongDay === null;

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !complete || share === null) return;
    const { signal } = ending.current;
    const offer = { streamer: streamer.trim(), share, from, until: until || null };
    const what = JSON.stringify(offer);
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    setBusy(true);
    setProblem(null);
    const answer = await insist(() => api.offerContract(key, offer), signal);
    if (signal.aborted) return;
    setBusy(false);
    if (answer.ok || !isTransient(answer.refusal)) attempt.current = null;
    if (!answer.ok) return setProblem(answer.refusal.message);
    toast(`Offered to ${answer.value.streamer.name}`, 'good');
    setStreamer('');
    onOffered();
  }

  return (
    <form class="stack" onSubmit={(event) => void send(event)}>
      <TextField
        label="Streamer"
        hint="Their name, as rooms show it."
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        required
        maxLength={24}
        value={streamer}
        onInput={(event) => setStreamer(event.currentTarget.value)}
        data-testid="offer-streamer"
      />
      <TextField
        label="Your share, in %"
        inputMode="decimal"
        required
        hint="Of the streamer's part of every gift."
        problem={share === null ? `More than 0 and up to ${shareMax / 100}, such as 12.5.` : null}
        value={shareTyped}
        onInput={(event) => setShareTyped(event.currentTarget.value)}
        data-testid="offer-share"
      />
      {rate && share !== null && <ShareBar streamerPart={rate.streamerPart} agencyShare={share} />}
      <div class="offer-days">
        <TextField
          label="First day"
          type="date"
          required
          min={daysLater(today, 1)}
          max={yearLater(today)}
          problem={wrongDay === 'from' ? 'From tomorrow to a year ahead.' : null}
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
        <TextField
          label="Last day (optional)"
          type="date"
          min={from}
          hint="Without one it goes on until somebody ends it."
          problem={wrongDay === 'until' ? 'Not before the first day.' : null}
          value={until}
          onInput={(event) => setUntil(event.currentTarget.value)}
        />
      </div>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" tone="primary" wide busy={busy} disabled={!complete} data-testid="offer-send">
        Send the offer
      </Button>
    </form>
  );
}
