import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RoomListing } from '../wire/types';
import { RoomCard } from './RoomCard';

const room: RoomListing = {
  roomId: 'r',
  owner: { id: 'a', name: 'Ana' },
  title: 'Silk scarves',
  category: 'fashion',
  coverId: 'c0ffee',
  stream: { phase: 'live', streamId: 's', startedAt: 0 },
  watching: 3,
  updatedAt: 0,
  audience: null,
};

let root: HTMLElement;
beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const show = (tick: number) => act(() => render(<RoomCard room={room} tick={tick} />, root));
const shown = () => root.querySelector('img')?.getAttribute('src');
const fail = () => act(() => void root.querySelector('img')?.dispatchEvent(new Event('error')));

it('shows the cover while the thumbnail is missing, and asks again with the next tick', async () => {
  await show(1);
  expect(shown()).toBe('/live/s/thumbnail.jpg?t=1');

  await fail();
  expect(shown()).toContain('c0ffee');
  await show(1);
  expect(shown()).toContain('c0ffee');

  await show(2);
  expect(shown()).toBe('/live/s/thumbnail.jpg?t=2');
});

it('shows the first letter when there is neither thumbnail nor cover', async () => {
  await act(() => render(<RoomCard room={{ ...room, coverId: null }} tick={1} />, root));
  await fail();
  expect(root.querySelector('.room-letter')?.textContent).toBe('S');
});
