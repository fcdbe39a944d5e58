import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LivePlayer } from './livePlayer';
import type { Past } from './past';
import { SeekBar } from './SeekBar';

const minute = 60;

function player(window: number, behind = 0) {
  return {
    past: signal<Past | 'none' | 'unread' | undefined>('unread'),
    behind: () => behind,
    window: () => window,
    readPast: vi.fn(() => Promise.resolve(null)),
    goBack: vi.fn(),
  };
}

describe('the seek bar of a running broadcast', () => {
  const place = document.createElement('div');
  beforeEach(() => document.body.append(place));
  afterEach(() => {
    render(null, place);
    place.remove();
  });

  const bar = () => place.querySelector<HTMLInputElement>('[data-testid=seek-bar]');

  async function show(of: ReturnType<typeof player>): Promise<void> {
    await act(() => render(<SeekBar player={of as unknown as LivePlayer} startedAt={0} />, place));
  }

  it('is not there when nothing is kept, or hardly anything yet', async () => {
    await show(player(0));
    expect(bar()).toBeNull();
    await show(player(10));
    expect(bar()).toBeNull();
  });

  it('says where one is, in words', async () => {
    await show(player(10 * minute));
    expect(bar()?.getAttribute('aria-valuetext')).toBe('Live');
    expect(place.querySelector('[data-testid=go-live-edge]')?.getAttribute('aria-disabled')).toBe('true');
    render(null, place);

    await show(player(10 * minute, 65));
    expect(bar()?.getAttribute('aria-valuetext')).toBe('1 minute 5 seconds behind live');
    expect(bar()?.min).toBe(`${-10 * minute}`);
    expect(bar()?.valueAsNumber).toBe(-65);
    expect(place.querySelector('[data-testid=seek-behind]')?.textContent).toBe('−1:05');
  });

  it('goes back and forth by keys, to the beginning and to live', async () => {
    const keys = player(10 * minute, 65);
    await show(keys);
    for (const key of ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Tab']) {
      bar()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }
    expect(keys.goBack.mock.calls.map(([seconds]) => seconds)).toEqual([70, 60, 600, 0]);
  });

  it('leads back to live with one press', async () => {
    const back = player(10 * minute, 65);
    await show(back);
    place.querySelector<HTMLButtonElement>('[data-testid=go-live-edge]')?.click();
    expect(back.goBack).toHaveBeenCalledExactlyOnceWith(0);
  });

  it('asks how far one can go back only when somebody is about to', async () => {
    const asked = player(10 * minute);
    await show(asked);
    expect(asked.readPast).not.toHaveBeenCalled();
    bar()?.dispatchEvent(new FocusEvent('focus'));
    bar()?.dispatchEvent(new FocusEvent('focus'));
    expect(asked.readPast).toHaveBeenCalledOnce();
  });
});
