import { type Audience, audience } from '../wire/audience';
import { flag, list, maybe, type Of, oneOf, record, text, time, whole } from '../wire/check';
import { nothing, request } from '../wire/http';
import { person, productCard, roomEvent } from '../wire/types';

/** Records and calls of recordings, replays and clips; names and members are those of src/Contracts/Recordings. */
export const shownProduct = record({ productId: text, title: text, pictureId: maybe(text) });
export type ShownProduct = Of<typeof shownProduct>;

export const recordingState = oneOf('recording', 'ready', 'deleted', 'takenDown');
export type RecordingState = Of<typeof recordingState>;

export const recording = record({
  recordingId: text,
  roomId: text,
  owner: person,
  title: text,
  state: recordingState,
  startedAt: time,
  durationMs: whole,
  bytes: whole,
  keepUntil: maybe(time),
  hasPictures: flag,
  problem: maybe(text),
  products: list(shownProduct),
  /** Private: for guests of the room only. */
  audience: maybe(audience),
});
export type Recording = Of<typeof recording>;

export const clip = record({
  clipId: text,
  roomId: text,
  recordingId: text,
  owner: person,
  by: person,
  title: text,
  madeAt: time,
  durationMs: whole,
  bytes: whole,
  isReady: flag,
  audience: maybe(audience),
});
export type Clip = Of<typeof clip>;

export const recordingSettings = record({ record: flag, keepDays: maybe(whole), clips: flag });
export type RecordingSettings = Of<typeof recordingSettings>;

export const chapter = record({ atMs: whole, card: maybe(productCard) });
export type Chapter = Of<typeof chapter>;

export const replay = record({ recording, isHere: flag, chapters: list(chapter) });
export type Replay = Of<typeof replay>;

const recordings = record({ recordings: list(recording) });
const recordingDesk = record({ settings: recordingSettings, recordings: list(recording), clips: list(clip) });
const moment = record({ atMs: whole, event: roomEvent });
export type Moment = Of<typeof moment>;
const momentPage = record({ moments: list(moment), next: maybe(whole) });

export interface MakeClip {
  readonly seconds: number;
  readonly title: string | null;
  readonly fromMs?: number;
}

export const keepDaysMax = 3650;

const id = encodeURIComponent;
const until = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

export const replayApi = {
  list: (roomId: string, signal?: AbortSignal) =>
    request('GET', `/api/rooms/${id(roomId)}/recordings`, recordings, until(signal)),
  desk: (roomId: string, signal?: AbortSignal) =>
    request('GET', `/api/rooms/${id(roomId)}/recordings/all`, recordingDesk, until(signal)),
  setSettings: (roomId: string, settings: RecordingSettings) =>
    request('PUT', `/api/rooms/${id(roomId)}/recordings/settings`, recordingSettings, { body: settings }),
  get: (recordingId: string, signal?: AbortSignal) =>
    request('GET', `/api/recordings/${id(recordingId)}`, replay, until(signal)),
  keep: (recordingId: string, days: number | null) =>
    request('PUT', `/api/recordings/${id(recordingId)}/keep`, recording, { body: { days } }),
  setAudience: (recordingId: string, to: Audience) =>
    request('PUT', `/api/recordings/${id(recordingId)}/audience`, recording, { body: { audience: to } }),
  remove: (recordingId: string, clips: boolean) =>
    request('DELETE', `/api/recordings/${id(recordingId)}?clips=${clips}`, nothing),
  takeDown: (recordingId: string, reason: string | null) =>
    request('POST', `/api/recordings/${id(recordingId)}/take-down`, nothing, { body: { reason } }),
  moments: (recordingId: string, fromMs: number, toMs: number, after: number | null, signal?: AbortSignal) =>
    request(
      'GET',
      `/replays/${id(recordingId)}/chat?from=${fromMs}&to=${toMs}${after === null ? '' : `&after=${after}`}`,
      momentPage,
      until(signal),
    ),
  clipLive: (roomId: string, key: string, wanted: MakeClip) =>
    request('POST', `/api/rooms/${id(roomId)}/clips`, clip, { key, body: wanted }),
  clipReplay: (recordingId: string, key: string, wanted: MakeClip) =>
    request('POST', `/api/recordings/${id(recordingId)}/clips`, clip, { key, body: wanted }),
  clip: (clipId: string, signal?: AbortSignal) => request('GET', `/api/clips/${id(clipId)}`, clip, until(signal)),
  setClipAudience: (clipId: string, to: Audience) =>
    request('PUT', `/api/clips/${id(clipId)}/audience`, clip, { body: { audience: to } }),
  removeClip: (clipId: string) => request('DELETE', `/api/clips/${id(clipId)}`, nothing),
} as const;

/** Address of a file of a replay, such as `main.m3u8` or `poster.jpg`. */
export const replayUrl = (recordingId: string, file: string): string => `/replays/${id(recordingId)}/${file}`;

/** Address of a clip's film or picture. */
export const clipUrl = (clipId: string, kind: 'mp4' | 'jpg'): string => `/clips/${id(clipId)}.${kind}`;
