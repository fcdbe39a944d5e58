import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RungInfo } from './instant/frames';
import type { LivePlayer } from './livePlayer';
import { PlayerMenu, rungLabel } from './PlayerMenu';
import { loadPreferences, type Preferences } from './preferences';

const rungs: readonly RungInfo[] = [
  { name: 'source', width: 1280, height: 720 },
  { name: 'p240', width: 240, height: 426 },
];

function player(preferences: Preferences, fellBack = false) {
  return {
    path: signal(fellBack ? 'hls' : 'instant'),
    rungs: signal(rungs),
    preferences: signal(preferences),
    fellBack: signal(fellBack),
    choose: vi.fn(),
    readRungs: () => Promise.resolve(),
  };
}

describe('the menu of the picture', () => {
  const place = document.createElement('div');
  const onClose = vi.fn();
  const onDetails = vi.fn();
  beforeEach(() => document.body.append(place));
  afterEach(() => {
    render(null, place);
    place.remove();
    localStorage.clear();
    vi.clearAllMocks();
  });

  async function show(of: ReturnType<typeof player>): Promise<void> {
    const menu = (
      <PlayerMenu
        player={of as unknown as LivePlayer}
        streamId="0190a0b0c0d07000800000000000000b"
        privateRoomId={null}
        details={false}
        onDetails={onDetails}
        onClose={onClose}
      />
    );
    await act(() => render(menu, place));
  }

  const line = (text: string) =>
    [...place.querySelectorAll('label')].find((label) => label.textContent?.trim() === text)?.querySelector('input');

  it('shows what is chosen, and what the player chose where nobody did', async () => {
    await show(player({ delay: null, rung: null }));
    expect(line('Lowest')?.checked).toBe(true);
    expect(line('Automatic')?.checked).toBe(true);
    render(null, place);
    await show(player({ delay: 'stable', rung: 'p240' }));
    expect(line('Stable picture')?.checked).toBe(true);
    expect(line('240p')?.checked).toBe(true);
  });

  it('remembers a choice and tells the player', async () => {
    const chosen = player({ delay: null, rung: null });
    await show(chosen);
    line('240p')?.click();
    expect(chosen.choose).toHaveBeenCalledExactlyOnceWith({ delay: null, rung: 'p240' });
    expect(loadPreferences()).toEqual({ delay: null, rung: 'p240' });
  });

  it('says that the network was too slow, and tries again when asked', async () => {
    const slow = player({ delay: null, rung: null }, true);
    await show(slow);
    expect(place.textContent).toContain('could not keep up');
    [...place.querySelectorAll('button')].find((button) => button.textContent?.includes('Try again'))?.click();
    expect(slow.choose).toHaveBeenCalledExactlyOnceWith({ delay: 'lowest', rung: null });
  });

  it('closes with Escape and with a press elsewhere, not within', async () => {
    await show(player({ delay: null, rung: null }));
    line('Lowest')?.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    expect(onClose).not.toHaveBeenCalled();
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    line('Lowest')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect(onClose).toHaveBeenCalledTimes(2);
  });

  it('has the way to other players', async () => {
    await show(player({ delay: null, rung: null }));
    expect(place.querySelector('[data-testid="other-player-copy"]')?.textContent).toContain('for another player');
  });

  it('calls a rung by its lines, upright or wide', () => {
    expect(rungs.map(rungLabel)).toEqual(['720p, as sent', '240p']);
    expect(rungLabel({ name: 'source', width: 0, height: 0 })).toBe('As sent');
  });
});
