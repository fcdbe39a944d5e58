// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { granted, refused, unavailable } from '../wire/answer';
import { type AskMoments, chapterAt, createMoments, windowMs, windowsMax } from './moments';
import type { Chapter, Moment } from './replayApi';

const person = { id: 'a', name: 'Ana' };
const said = (atMs: number, key: string): Moment => ({
  atMs,
  event: { kind: 'chat', sequence: 0, at: atMs, key, messageId: key, sender: person, badge: 'viewer', text: key },
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

function scene(all: readonly Moment[], durationMs: number) {
  const asked: number[] = [];
  let refuses = false;
  const ask: AskMoments = async (from, to, after) => {
    asked.push(from);
    if (refuses) return refused(unavailable());
    // Two a page, as a server whose chat is busy.
    const within = all.filter((moment) => moment.atMs >= (after ?? from) && moment.atMs < to);
    return granted({ moments: within.slice(0, 2), next: within[2]?.atMs ?? null });
  };
  const moments = createMoments(ask, durationMs, () => undefined, new AbortController().signal);
  return { moments, asked, refuse: (on: boolean) => (refuses = on) };
}

describe('the chat of a replay', () => {
  it('shows what was said up to the moment, also after going back', async () => {
    const { moments } = scene(
      [said(1000, 'a'), said(2000, 'b'), said(3000, 'c'), said(windowMs + 500, 'd')],
      2 * windowMs,
    );
    moments.look(0);
    await settled();
    const keys = (ms: number) => moments.linesAt(ms).map((line) => line.key);
    expect(keys(0)).toEqual([]);
    expect(keys(2500)).toEqual(['a', 'b']);
    expect(keys(windowMs + 600)).toEqual(['a', 'b', 'c', 'd']);
    expect(keys(1000)).toEqual(['a']);
  });

  it('asks for each minute once, and again only for what failed or was forgotten', async () => {
    const { moments, asked, refuse } = scene([], 100 * windowMs);
    refuse(true);
    moments.look(0);
    await settled();
    refuse(false);
    moments.look(0);
    moments.look(10);
    await settled();
    expect(asked).toEqual([0, windowMs, 0, windowMs]);
    for (let minute = 0; minute < 2 * windowsMax; minute++) moments.look(minute * windowMs);
    await settled();
    asked.length = 0;
    moments.look(0);
    await settled();
    expect(asked).toEqual([0, windowMs]);
  });
});

describe('chapters', () => {
  const card = { title: 'Hat' } as NonNullable<Chapter['card']>;
  const chapters: Chapter[] = [
    { atMs: 1000, card },
    { atMs: 5000, card: null },
  ];

  it('begin with a card and end when it was taken away', () => {
    expect(chapterAt(chapters, 500)).toBeNull();
    expect(chapterAt(chapters, 1000)?.card).toBe(card);
    expect(chapterAt(chapters, 6000)).toBeNull();
  });
});
