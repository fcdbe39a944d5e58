import { describe, expect, it } from 'vitest';
import type { Invitation } from '../wire/audience';
import { linkState, linkWords } from './audienceWords';

const link: Invitation = { invitationId: 'i', name: 'Friends', madeAt: 0, expiresAt: 86_400_000, uses: 3, usesMax: 5 };

describe('a link into a private room', () => {
  it('stands until its time is over or all its places are taken', () => {
    expect(linkState(link, 0)).toBe('open');
    expect(linkState({ ...link, uses: 5 }, 0)).toBe('full');
    expect(linkState(link, 86_400_000)).toBe('expired');
    expect(linkState({ ...link, uses: 5 }, 86_400_000)).toBe('expired');
  });

  it('says how many came in and how long it stands', () => {
    expect(linkWords(link, 0)).toBe('3 of 5 came in, 24 hours left');
    expect(linkWords(link, 86_400_000 - 90_000)).toBe('3 of 5 came in, 2 minutes left');
    expect(linkWords({ ...link, expiresAt: 7 * 86_400_000 }, 0)).toBe('3 of 5 came in, 7 days left');
    expect(linkWords(link, 90_000_000)).toBe('3 of 5 came in');
  });
});
