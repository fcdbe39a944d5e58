/** A small picture of a moment: a part of a sheet. */
export interface Sprite {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sheet: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const line = /^(\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d+):(\d\d):(\d\d)\.(\d{3})$/;
const place = /^([\w.-]+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Reads the list of seeking pictures (WebVTT). What it does not understand it leaves out. */
export function parseSprites(vtt: string): readonly Sprite[] {
  const sprites: Sprite[] = [];
  const lines = vtt.split(/\r?\n/);
  for (const [index, text] of lines.entries()) {
    const times = line.exec(text)?.slice(1).map(Number);
    const [, sheet, ...numbers] = place.exec(lines[index + 1] ?? '') ?? [];
    const [x, y, width, height] = numbers.map(Number);
    if (!times || !sheet || x === undefined || y === undefined || !width || !height) continue;
    sprites.push({ fromMs: toMs(times.slice(0, 4)), toMs: toMs(times.slice(4)), sheet, x, y, width, height });
  }
  return sprites;
}

/** The picture of a moment. */
export function spriteAt(sprites: readonly Sprite[], ms: number): Sprite | null {
  let found: Sprite | null = null;
  for (const sprite of sprites) {
    if (sprite.fromMs > ms) break;
    found = sprite;
  }
  return found;
}

function toMs([hours = 0, minutes = 0, seconds = 0, ms = 0]: readonly number[]): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}
