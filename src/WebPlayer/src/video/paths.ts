import type { RungInfo } from './instant/frames';
import type { Delay } from './preferences';

/** Ways from the server to the picture. `hls`: hls.js, low-latency where the server offers it; `native`: the browser's own HLS. */
export type Path = 'instant' | 'hls' | 'native';

/** What this browser and its network can do. */
export interface Means {
  readonly mediaSource: boolean;
  /** The person, or the kind of network, asks for few bytes. */
  readonly savesData: boolean;
}

/**
 * The way to begin with. Instant unless it was tried and failed for this broadcast (`instantFailed`), or the viewer wants a store
 * or few bytes: it sends one rung whatever the network carries.
 */
export function choosePath({ mediaSource, savesData }: Means, delay: Delay | null, instantFailed: boolean): Path {
  const wanted = delay === 'lowest' || (delay === null && !savesData);
  if (!mediaSource) return 'native';
  return wanted && !instantFailed ? 'instant' : 'hls';
}

interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
  readonly effectiveType?: string;
}

/** Whether the device asks for few bytes: by its setting, by mobile data, or because more would not come through. */
export function savesData(connection: Connection | undefined): boolean {
  if (!connection) return false;
  return (
    connection.saveData === true ||
    connection.type === 'cellular' ||
    ['slow-2g', '2g', '3g'].includes(connection.effectiveType ?? '')
  );
}

export const connectionHere = (): Connection | undefined =>
  (navigator as Navigator & { readonly connection?: Connection }).connection;

/** Pixels of the shorter side that are enough for who saves data. */
export const savedShortSide = 480;

/** The best rung for who saves data: the largest that is small enough, else the smallest. -1: there is none. */
export function savedRung(sizes: readonly { readonly width: number; readonly height: number }[]): number {
  const short = sizes.map(({ width, height }) => Math.min(width, height));
  const enough = short.reduce((best, side, i) => {
    const before = best < 0 ? Number.NEGATIVE_INFINITY : (short[best] ?? 0);
    return side > 0 && side <= savedShortSide && side > before ? i : best;
  }, -1);
  return enough >= 0 ? enough : short.indexOf(Math.min(...short));
}

/** The rung in the address of its playlist. */
export const rungOf = (playlistUrl: string): string | null =>
  /\/([a-z0-9]{1,16})\/list\.m3u8/.exec(playlistUrl)?.[1] ?? null;

/** The rungs in a multivariant playlist, in its order. */
export function readRungs(playlist: string): readonly RungInfo[] {
  const lines = playlist.split('\n').map((line) => line.trim());
  return lines.flatMap((line, i) => {
    if (!line.startsWith('#EXT-X-STREAM-INF:')) return [];
    const name = rungOf(`/${lines[i + 1] ?? ''}`);
    const [, width, height] = /[:,]RESOLUTION=(\d+)x(\d+)/.exec(line) ?? [];
    return name === null ? [] : [{ name, width: Number(width ?? 0), height: Number(height ?? 0) }];
  });
}
