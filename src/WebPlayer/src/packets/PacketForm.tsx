import { useEffect, useRef, useState } from 'preact/hooks';
import { coins as balance, setCoins } from '../app/session';
import { Coins } from '../app/ui/Amount';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { ChoiceField, SelectField, TextField } from '../app/ui/Field';
import { coinsText } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey } from '../wire/key';
import { codes, greetingLengthMax, type PacketKind, packetDelayMax, packetSharesMax } from '../wire/types';
import './packets.css';

interface PacketFormProps {
  readonly roomId: string;
  /** There are not enough coins; `missing` more are needed. */
  readonly onTopUp: (reason: string, missing: number) => void;
  readonly onClose: () => void;
}

const kinds: readonly { readonly value: PacketKind; readonly label: string }[] = [
  { value: 'random', label: 'By luck' },
  { value: 'equal', label: 'All the same' },
];
const delays = [0, 10, 30, packetDelayMax] as const;

/** Gives a red packet to the room: how much, in how many shares. */
export function PacketForm({ roomId, onTopUp, onClose }: PacketFormProps) {
  const [coins, setAmount] = useState('100');
  const [shares, setShares] = useState('10');
  const [kind, setKind] = useState<PacketKind>('random');
  const [greeting, setGreeting] = useState('');
  const [delay, setDelay] = useState(10);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  const ending = useRef(new AbortController());
  useEffect(() => {
    const here = new AbortController();
    ending.current = here;
    return () => here.abort();
  }, []);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const [all, parts] = [Number(coins), Number(shares)];
    const wrong = problemOf(all, parts);
    setProblem(wrong);
    if (wrong !== null) return;
    const packet = { coins: all, shares: parts, kind, greeting: greeting.trim() || null, delaySeconds: delay };
    // One key for one wish: pressing again after a lost answer gives no second packet.
    const what = JSON.stringify(packet);
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    setBusy(true);
    const { signal } = ending.current;
    const answer = await insist(() => api.fundPacket(roomId, key, packet), signal);
    if (signal.aborted) return;
    setBusy(false);
    if (!answer.ok) {
      if (!isTransient(answer.refusal)) attempt.current = null;
      if (answer.refusal.code === codes.insufficientCoins) {
        return onTopUp(
          answer.refusal.message,
          Math.max(1, all - (answer.refusal.amounts?.balance ?? balance.value ?? 0)),
        );
      }
      return setProblem(answer.refusal.message);
    }
    toast(`Your red packet of ${coinsText(all)} is in the room`, 'good');
    onClose();
    const wallet = await api.wallet();
    if (wallet.ok) setCoins(wallet.value.coins);
  }

  return (
    <Dialog title="Give a red packet" look="sheet" mayClose={!busy} onClose={onClose}>
      <form class="stack" noValidate onSubmit={(event) => void send(event)}>
        <p class="soft">Coins for whoever in the room is quick. What nobody takes comes back to you.</p>
        <div class="packet-pair">
          <TextField
            label="Coins"
            inputMode="numeric"
            value={coins}
            data-testid="packet-coins"
            onInput={(event) => setAmount((event.target as HTMLInputElement).value)}
          />
          <TextField
            label="Shares"
            inputMode="numeric"
            value={shares}
            data-testid="packet-shares"
            onInput={(event) => setShares((event.target as HTMLInputElement).value)}
          />
        </div>
        <ChoiceField legend="How it is shared" look="tiles" choices={kinds} value={kind} onChoose={setKind} />
        <TextField
          label="Greeting (optional)"
          value={greeting}
          maxLength={greetingLengthMax}
          data-testid="packet-greeting"
          onInput={(event) => setGreeting((event.target as HTMLInputElement).value)}
        />
        <SelectField
          label="Opens"
          value={String(delay)}
          onChange={(event) => setDelay(Number((event.target as HTMLSelectElement).value))}
        >
          {delays.map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {seconds === 0 ? 'at once' : seconds === 60 ? 'in a minute' : `in ${seconds} seconds`}
            </option>
          ))}
        </SelectField>
        {problem && <Notice tone="problem">{problem}</Notice>}
        <p class="packet-purse">
          You have <Coins amount={balance.value ?? 0} />
        </p>
        <Button type="submit" tone="primary" wide busy={busy} data-testid="packet-send">
          {Number.isSafeInteger(Number(coins)) && Number(coins) > 0 ? `Give ${coinsText(Number(coins))}` : 'Give'}
        </Button>
      </form>
    </Dialog>
  );
}

function problemOf(coins: number, shares: number): string | null {
  if (!Number.isSafeInteger(coins) || coins < 1) return 'Name a whole number of coins.';
  if (!Number.isSafeInteger(shares) || shares < 1 || shares > packetSharesMax) {
    return `Choose 1 to ${packetSharesMax} shares.`;
  }
  return coins < shares ? 'Every share has at least one coin: give more coins, or fewer shares.' : null;
}
