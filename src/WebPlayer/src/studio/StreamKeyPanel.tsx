import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { clock } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { EncoderDesk } from '../wire/encoder';
import { encoderWords, serverAddress } from './encoderWords';
import './encoder.css';

/** How often the page asks how its encoder goes, while somebody looks at it. */
const askEveryMs = 3000;

/** OBS and other programs that publish instead of this page: where they connect, with which secret, and how it goes. */
export function StreamKeyPanel({ roomId }: { readonly roomId: string }) {
  const [desk, setDesk] = useState<EncoderDesk | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);

  useEffect(() => {
    const ending = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      const answer = await api.encoder(roomId, ending.signal);
      if (answer.ok && !ending.signal.aborted) setDesk(answer.value);
    };
    void ask();
    const timer = setInterval(() => void ask(), askEveryMs);
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, [roomId]);

  async function rotate(): Promise<void> {
    setBusy(true);
    const answer = await api.rotateStreamKey(roomId);
    setBusy(false);
    setAsking(false);
    if (answer.ok) setSecret(answer.value.secret);
    else toast(answer.refusal.message, 'problem');
  }

  async function letTakeOver(): Promise<void> {
    const answer = await api.letEncoderTakeOver(roomId);
    if (answer.ok) setDesk(answer.value);
    else toast(answer.refusal.message, 'problem');
  }

  const words = desk && encoderWords(desk);
  const hasKey = desk?.room.hasKey ?? false;
  const takeOverUntil = desk?.room.takeOverUntil ?? null;
  const isLive = desk !== null && desk.room.stream.phase !== 'offline';
  return (
    <Panel title="OBS and other encoders" actions={words && <Tag tone={words.tone}>{words.label}</Tag>}>
      {words && (
        <p
          role="status"
          data-testid="encoder-state"
          data-state={desk.server.state}
          data-by-key={desk.room.publishesByKey}
        >
          {words.sentence}
        </p>
      )}
      {desk?.server.installCommand && (
        <Notice>
          <p>The server's operator installs it with this command; it is found within a minute, without a restart:</p>
          <code class="secret">{desk.server.installCommand}</code>
        </Notice>
      )}
      {desk && desk.server.state !== 'off' && (
        <CopyLine label="Server" value={serverAddress(desk, location.hostname)} />
      )}
      {secret ? (
        <>
          <CopyLine label="Stream key" value={secret} hidden />
          <p class="soft">Copy it now: it is shown this once. Whoever has it can publish in your room.</p>
        </>
      ) : (
        <p class="soft">
          {hasKey
            ? 'Your key was shown when it was made. Lost it? Make a new one.'
            : 'Make a key first; it is shown once.'}
        </p>
      )}
      {asking ? (
        <Notice>
          <p>The old key stops working at once, and a broadcast that was begun with it ends.</p>
          <div class="encoder-buttons">
            <Button
              size="small"
              tone="danger"
              busy={busy}
              data-testid="stream-key-confirm"
              onClick={() => void rotate()}
            >
              Make a new key
            </Button>
            <Button size="small" tone="quiet" onClick={() => setAsking(false)}>
              Keep the old one
            </Button>
          </div>
        </Notice>
      ) : (
        <Button
          busy={busy}
          data-testid="stream-key-rotate"
          onClick={() => (hasKey || secret ? setAsking(true) : void rotate())}
        >
          {hasKey || secret ? 'Make a new key' : 'Make a key'}
        </Button>
      )}
      {isLive && (
        <div class="encoder-takeover">
          <p class="soft">
            {takeOverUntil === null
              ? 'A second encoder is refused while you are live.'
              : `The next encoder that connects takes this broadcast over, until ${clock(takeOverUntil)}.`}
          </p>
          {takeOverUntil === null && (
            <Button size="small" data-testid="encoder-takeover" onClick={() => void letTakeOver()}>
              Let the next encoder take over
            </Button>
          )}
        </div>
      )}
      <details class="encoder-steps">
        <summary>How to set up OBS</summary>
        <ol>
          <li>In OBS open Settings, then Stream; choose Custom as the service, and paste server and stream key.</li>
          <li>In Output choose the advanced mode: x264 or your graphics card's H.264, CBR at 2500 to 6000 kbit/s.</li>
          <li>
            Set the keyframe interval to 1 or 2 s (0 means up to 10 s, and the server has to encode your picture anew).
          </li>
          <li>Keep audio at AAC and 48 kHz; in Video at most 1920 × 1080, 30 or 60 pictures a second.</li>
          <li>Start streaming. To end the broadcast stop it in OBS; it is over after some seconds.</li>
        </ol>
      </details>
    </Panel>
  );
}

interface CopyLineProps {
  readonly label: string;
  readonly value: string;
  /** Not readable over a shoulder, or in one's own broadcast, until it is asked for. */
  readonly hidden?: boolean;
}

/** A text that is typed elsewhere: to be copied, or read. */
function CopyLine({ label, value, hidden = false }: CopyLineProps) {
  const id = useId();
  const [shown, setShown] = useState(!hidden);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(value);
      toast(`${label} copied`, 'good');
    } catch {
      setShown(true);
      toast('The browser does not allow copying here. Select the text and copy it by hand.', 'problem');
    }
  }

  return (
    <div class="copy-line">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="field-input"
        readOnly
        {...({ type: shown ? 'text' : 'password' } as object)}
        autocomplete="off"
        spellcheck={false}
        value={value}
        data-testid={hidden ? 'stream-key' : 'rtmp-server'}
        onFocus={(event) => (event.target as HTMLInputElement).select()}
      />
      {hidden && (
        <Button size="small" tone="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </Button>
      )}
      <Button size="small" aria-label={`Copy ${label.toLowerCase()}`} onClick={() => void copy()}>
        Copy
      </Button>
    </div>
  );
}
