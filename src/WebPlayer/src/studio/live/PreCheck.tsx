import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../app/ui/Button';
import { Tag } from '../../app/ui/Tag';
import { pause } from '../../wire/backoff';
import { type Finding, judgeCamera, judgeSound, judgeUpload } from './findings';
import { videoBits } from './quality';
import type { Stage } from './stage';
import { measureUpload } from './uploadCheck';

/** The microphone is listened to for so long, in milliseconds. */
const listenMs = 3_000;
const listenEveryMs = 100;

/** Tries everything before anybody sees it. */
export function PreCheck({ stage }: { readonly stage: Stage }) {
  const [findings, setFindings] = useState<readonly Finding[] | null>(null);
  const [busy, setBusy] = useState(false);
  const ending = useRef<AbortController | null>(null);
  useEffect(() => () => ending.current?.abort(), []);

  async function check(): Promise<void> {
    const checking = new AbortController();
    ending.current = checking;
    setBusy(true);
    setFindings(null);
    const found: Finding[] = [];
    const has = await stage.turnOn();
    if (has) {
      const { loudest, changed } = await watch(stage, checking.signal);
      found.push(judgeCamera(changed, stage.settings.value.scene), judgeSound(loudest));
    } else {
      found.push({ name: 'Picture', ok: false, text: stage.note.value ?? 'There is no picture.' });
    }
    try {
      found.push(judgeUpload(await measureUpload(checking.signal), videoBits(stage.settings.value)));
    } catch {
      return;
    }
    setBusy(false);
    setFindings(found);
  }

  return (
    <div class="pre-check">
      <Button busy={busy} data-testid="pre-check" onClick={() => void check()}>
        Check picture, sound and connection
      </Button>
      {busy && <p role="status">Checking. Say something …</p>}
      {findings && (
        <ul role="status" class="pre-check-findings">
          {findings.map(({ name, ok, text }) => (
            <li key={name} data-testid="finding" data-of={name} data-ok={ok}>
              <Tag tone={ok ? 'good' : 'warn'}>{name}</Tag> {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The loudest sound and the frames that came while it listened. */
async function watch(stage: Stage, signal: AbortSignal): Promise<{ loudest: number; changed: boolean }> {
  const before = stage.counts().drawn;
  let loudest = Number.NEGATIVE_INFINITY;
  for (let ms = 0; ms < listenMs && !signal.aborted; ms += listenEveryMs) {
    await pause(listenEveryMs, signal);
    loudest = Math.max(loudest, stage.level('voice'), stage.level('screen'));
  }
  return { loudest, changed: stage.counts().drawn > before };
}
