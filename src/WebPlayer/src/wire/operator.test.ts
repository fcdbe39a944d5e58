import { afterEach, expect, test, vi } from 'vitest';
import { operatorApi } from './operator';

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each([true, false])('the list of disputes asks for open ones only: %s', async (only) => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify({ disputes: [] }), { status: 200 });
  });

  const answer = await operatorApi.disputes(only);

  expect(answer.ok).toBe(true);
  expect(asked).toEqual([`/api/operator/disputes?open=${only}`]);
});
