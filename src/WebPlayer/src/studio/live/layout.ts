/** Where the camera's picture lies in the screen's: its centre in shares of the picture, and its share of the picture's shorter side. */
export interface InsetPlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

export type Corner = 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight';

export const insetSizes = { min: 0.2, max: 0.6 } as const;
/** Between the inset and the edge, in shares of the shorter side. */
const margin = 0.03;

/** Each corner as a place; how far from the edge decides `insetBox`. */
const corners: Readonly<Record<Corner, Omit<InsetPlace, 'size'>>> = {
  topLeft: { x: 0, y: 0 },
  topRight: { x: 1, y: 0 },
  bottomLeft: { x: 0, y: 1 },
  bottomRight: { x: 1, y: 1 },
};

export function inCorner(place: InsetPlace, corner: Corner): InsetPlace {
  return { ...corners[corner], size: place.size };
}

/** The corner it lies in; null between them. */
export function cornerOf({ x, y }: InsetPlace): Corner | null {
  const found = (Object.keys(corners) as Corner[]).find((name) => corners[name].x === x && corners[name].y === y);
  return found ?? null;
}

/** The whole of `source` in the middle of `into`, with bars where it does not fit. */
export function contained(source: Size, into: Size): Box {
  return scaled(source, into, Math.min(into.width / source.width, into.height / source.height));
}

/** `into` filled by `source`; what stands over lies outside. */
export function covered(source: Size, into: Size): Box {
  return scaled(source, into, Math.max(into.width / source.width, into.height / source.height));
}

function scaled(source: Size, into: Size, by: number): Box {
  const [width, height] = [source.width * by, source.height * by];
  return { x: (into.width - width) / 2, y: (into.height - height) / 2, width, height };
}

/** The inset in pixels: in the shape of `source`, always whole inside `picture`. */
export function insetBox(place: InsetPlace, picture: Size, source: Size): Box {
  const shorter = Math.min(picture.width, picture.height);
  const edge = margin * shorter;
  const side = between(place.size, insetSizes.min, insetSizes.max) * shorter;
  const shape = source.height > 0 ? source.width / source.height : 1;
  // `side` is the shorter of the inset's sides, unless the longer one would stand out.
  const room = Math.min(1, (picture.width - 2 * edge) / (side * Math.max(1, shape)));
  const width = side * Math.max(1, shape) * room;
  const height = width / shape;
  return {
    x: between(place.x * picture.width - width / 2, edge, picture.width - edge - width),
    y: between(place.y * picture.height - height / 2, edge, picture.height - edge - height),
    width,
    height,
  };
}

/** Its place once its box has been moved by this much, in shares of the picture; never further out than the edge. */
export function moved(place: InsetPlace, box: Box, picture: Size, by: { x: number; y: number }): InsetPlace {
  // From where it is drawn, not from where it would like to be: a step away from the edge must be seen.
  return {
    x: between((box.x + box.width / 2) / picture.width + by.x, 0, 1),
    y: between((box.y + box.height / 2) / picture.height + by.y, 0, 1),
    size: place.size,
  };
}

export function resized(place: InsetPlace, by: number): InsetPlace {
  return { ...place, size: between(place.size + by, insetSizes.min, insetSizes.max) };
}

function between(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
