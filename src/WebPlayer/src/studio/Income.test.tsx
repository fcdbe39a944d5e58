import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Income } from './Income';

const root = document.body.appendChild(document.createElement('div'));
afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
});

const rows = () => [...root.querySelectorAll('dl > div')].map((row) => row.textContent);

describe('the income of a streamer', () => {
  it('has its place before its sums are there, and says so to who listens', async () => {
    let arrive: (answer: Response) => void = () => {};
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (arrive = resolve)));
    await act(() => render(<Income lines={[]} />, root));
    const [panel, list] = [root.querySelector('section'), root.querySelector('dl')];
    expect(rows()).toEqual(['Gifts…Loading', 'Sales…Loading']);
    arrive(new Response(JSON.stringify({ coins: 0, earnings: 1500, salesMinor: 250, currency: 'usd' })));
    await vi.waitFor(() => expect(rows()[0]).toContain('1,500 coins'));
    expect(rows()[1]).toContain('2.50');
    expect([root.querySelector('section'), root.querySelector('dl')]).toEqual([panel, list]);
    expect(list?.getAttribute('aria-busy')).toBe('false');
  });

  it('keeps its place when the server would not say', async () => {
    const refusal = { code: 1001, name: 'unavailable', message: 'Later.', retryAfterMs: null, amounts: null };
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify(refusal), { status: 503 }));
    await act(() => render(<Income lines={[]} />, root));
    await vi.waitFor(() => expect(rows()).toEqual(['Gifts–Not known now', 'Sales–Not known now']));
  });
});
