import { useEffect, useRef } from 'preact/hooks';
import { type Box, insetBox, moved, resized, type Size } from './layout';
import { insetShape } from './picture';
import { pictureSize } from './quality';
import type { Stage } from './stage';

/** A press of an arrow key, in shares of the picture, and of plus or minus, in shares of its shorter side. */
const keyMove = 0.04;
const keyResize = 0.03;

/** What viewers will see, or see. */
export function Preview({ stage }: { readonly stage: Stage }) {
  const video = useRef<HTMLVideoElement>(null);
  const media = stage.media.value;
  const settings = stage.settings.value;
  const { sources } = stage;
  useEffect(() => {
    if (video.current) video.current.srcObject = media;
  }, [media]);

  const picture = pictureSize(settings);
  const both = settings.scene === 'both' && sources.camera.value.kind === 'on' && sources.screen.value.kind === 'on';
  return (
    <div
      class={`preview${settings.portrait ? ' preview-portrait' : ''}`}
      style={{ aspectRatio: `${picture.width} / ${picture.height}` }}
    >
      <video
        ref={video}
        autoPlay
        muted
        playsInline
        // Text on a screen must stay readable.
        class={settings.mirrored && settings.scene === 'camera' ? 'mirrored' : undefined}
        aria-label="Preview of your picture"
        data-testid="preview"
      />
      {both && <InsetHandle stage={stage} picture={picture} />}
      {!media && <p class="preview-empty">Your picture appears here. Nobody sees it before you go live.</p>}
    </div>
  );
}

/** The frame over the camera's picture, by which it is moved and resized. */
function InsetHandle({ stage, picture }: { readonly stage: Stage; readonly picture: Size }) {
  const { inset } = stage.settings.value;
  const box = insetBox(inset, picture, insetShape(picture));
  const grip = useRef<{ readonly id: number; readonly x: number; readonly y: number } | null>(null);

  function move(x: number, y: number): void {
    stage.change({ inset: moved(inset, box, picture, { x, y }) });
  }

  const steps: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-keyMove, 0),
    ArrowRight: () => move(keyMove, 0),
    ArrowUp: () => move(0, -keyMove),
    ArrowDown: () => move(0, keyMove),
    '+': () => stage.change({ inset: resized(inset, keyResize) }),
    '-': () => stage.change({ inset: resized(inset, -keyResize) }),
  };

  return (
    <button
      type="button"
      class="inset-handle"
      style={shares(box, picture)}
      aria-label="Camera picture. The arrow keys move it, plus and minus resize it."
      data-testid="inset-handle"
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (!step) return;
        event.preventDefault();
        step();
      }}
      onPointerDown={({ currentTarget, pointerId, clientX, clientY }) => {
        currentTarget.setPointerCapture(pointerId);
        grip.current = { id: pointerId, x: clientX, y: clientY };
      }}
      onPointerMove={({ currentTarget, pointerId, clientX, clientY }) => {
        const from = grip.current;
        const area = currentTarget.parentElement?.getBoundingClientRect();
        if (from?.id !== pointerId || !area) return;
        grip.current = { id: pointerId, x: clientX, y: clientY };
        move((clientX - from.x) / area.width, (clientY - from.y) / area.height);
      }}
      onPointerUp={() => (grip.current = null)}
      onPointerCancel={() => (grip.current = null)}
    />
  );
}

function shares(box: Box, picture: Size) {
  const percent = (part: number, whole: number) => `${((part * 100) / whole).toFixed(2)}%`;
  return {
    left: percent(box.x, picture.width),
    top: percent(box.y, picture.height),
    width: percent(box.width, picture.width),
    height: percent(box.height, picture.height),
  };
}
