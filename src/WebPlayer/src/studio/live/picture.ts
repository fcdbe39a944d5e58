import { type Box, contained, covered, type InsetPlace, insetBox, type Size } from './layout';
import type { Scene } from './settings';

/** What is drawn. A source that is missing is replaced by the other one, and both by a card. */
export interface Shown {
  readonly scene: Scene;
  readonly camera: MediaStream | null;
  readonly screen: MediaStream | null;
  readonly inset: InsetPlace;
}

/** One video track over all changes of what is in it: the recorder never notices. */
export interface Picture {
  readonly track: MediaStreamTrack;
  arrange(shown: Shown): void;
  /** Only between two recorders: a recording has one size. */
  resize(size: Size, framesPerSecond: number): void;
  /** Frames so far, and those that this machine was too slow for. */
  counts(): { readonly drawn: number; readonly dropped: number };
}

/** The inset's shape, lying or standing like the picture. */
export function insetShape(picture: Size): Size {
  return picture.width >= picture.height ? { width: 4, height: 3 } : { width: 3, height: 4 };
}

/** Draws a picture out of camera and screen, also while the tab is hidden, until `until` aborts. */
export function drawPicture(size: Size, framesPerSecond: number, until: AbortSignal): Picture {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('this browser has no canvas to draw on');
  const camera = player();
  const screen = player();
  let shown: Shown = { scene: 'camera', camera: null, screen: null, inset: { x: 1, y: 1, size: 0.3 } };
  let everyMs = 1000 / framesPerSecond;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = 0;
  let dropped = 0;

  const ticker = new Worker(new URL('./ticker.worker.ts', import.meta.url), { type: 'module' });
  ticker.addEventListener('message', () => {
    const now = performance.now();
    // Ticks that waited while the page was busy come all at once: one of them is enough.
    if (now - drawnAt < everyMs / 2) {
      dropped++;
      return;
    }
    drawnAt = now;
    draw(context, shown, camera, screen);
    drawn++;
  });
  const resize = (to: Size, rate: number) => {
    canvas.width = to.width;
    canvas.height = to.height;
    everyMs = 1000 / rate;
    ticker.postMessage(everyMs);
  };
  resize(size, framesPerSecond);
  draw(context, shown, camera, screen);

  const [track] = canvas.captureStream().getVideoTracks();
  if (!track) throw new Error('this browser cannot record a canvas');
  until.addEventListener(
    'abort',
    () => {
      ticker.terminate();
      track.stop();
      camera.srcObject = null;
      screen.srcObject = null;
    },
    { once: true },
  );
  return {
    track,
    arrange(next) {
      shown = next;
      show(camera, next.camera);
      show(screen, next.screen);
    },
    resize,
    counts: () => ({ drawn, dropped }),
  };
}

function player(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  return video;
}

function show(video: HTMLVideoElement, media: MediaStream | null): void {
  const now = video.srcObject as MediaStream | null;
  const [track] = media?.getVideoTracks() ?? [];
  if (now?.getVideoTracks()[0] === track) return;
  video.srcObject = track ? new MediaStream([track]) : null;
  // It is interrupted whenever the source changes again before it has begun.
  if (track) video.play().catch(() => undefined);
}

function draw(
  context: CanvasRenderingContext2D,
  { scene, inset, ...from }: Shown,
  camera: HTMLVideoElement,
  screen: HTMLVideoElement,
): void {
  const picture: Size = context.canvas;
  const hasCamera = from.camera !== null && camera.videoWidth > 0;
  const hasScreen = from.screen !== null && screen.videoWidth > 0;
  if (hasScreen && (scene !== 'camera' || !hasCamera)) {
    blank(context);
    place(context, screen, contained(pixels(screen), picture));
    if (scene === 'both' && hasCamera) drawInset(context, camera, insetBox(inset, picture, insetShape(picture)));
  } else if (hasCamera) {
    place(context, camera, covered(pixels(camera), picture));
  } else {
    card(context);
  }
}

function drawInset(context: CanvasRenderingContext2D, camera: HTMLVideoElement, box: Box): void {
  const round = box.width / 16;
  context.save();
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, round);
  context.clip();
  const { x, y, width, height } = covered(pixels(camera), box);
  place(context, camera, { x: box.x + x, y: box.y + y, width, height });
  context.restore();
  context.lineWidth = Math.max(2, box.width / 100);
  context.strokeStyle = '#fff8ef';
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, round);
  context.stroke();
}

/** Before the first frame, and when there is nothing to see. */
function card(context: CanvasRenderingContext2D): void {
  blank(context);
  const { width, height } = context.canvas;
  context.fillStyle = '#eadccb';
  context.font = `${Math.round(Math.min(width, height) / 14)}px sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText('The picture will be right back', width / 2, height / 2, width * 0.9);
}

function blank(context: CanvasRenderingContext2D): void {
  context.fillStyle = '#120d0a';
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

function place(context: CanvasRenderingContext2D, video: HTMLVideoElement, box: Box): void {
  context.drawImage(video, box.x, box.y, box.width, box.height);
}

function pixels(video: HTMLVideoElement): Size {
  return { width: video.videoWidth, height: video.videoHeight };
}
