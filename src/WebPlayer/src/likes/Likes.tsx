import { useEffect, useMemo } from 'preact/hooks';
import { count, shortCount } from '../app/ui/format';
import { HeartIcon } from '../app/ui/icons';
import type { Particles } from '../effects/particles';
import type { RoomStore } from '../rooms/roomStore';
import { createLikeSender, createTapReader } from './likeSender';
import './likes.css';

/** Hearts of others that one moment lets rise. */
const heartsAtOnce = 5;

/** Likes by double tap on `stage`, and hearts for those of others. Answers what the button calls. */
export function useLikes(room: RoomStore, particles: Particles, stage: { readonly current: HTMLElement | null }) {
  const { sender, ending } = useMemo(() => {
    const ending = new AbortController();
    return { ending, sender: createLikeSender(room.like, ending.signal) };
  }, [room]);

  useEffect(() => {
    room.onNews((news) => {
      let others = 0;
      for (const one of news) if (one.kind === 'likes') others += sender.others(one.more);
      if (others > 0) particles.hearts(Math.min(heartsAtOnce, others));
    }, ending.signal);

    const isLike = createTapReader();
    stage.current?.addEventListener(
      'pointerup',
      (event) => {
        if (event.button !== 0 || (event.target as Element).closest('a, button, dialog, input')) return;
        if (!isLike({ at: event.timeStamp, x: event.clientX, y: event.clientY })) return;
        const box = stage.current?.getBoundingClientRect();
        sender.like();
        particles.hearts(3, { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) });
      },
      { signal: ending.signal },
    );
    return () => ending.abort();
  }, [room, particles, sender, ending]);

  return () => {
    sender.like();
    particles.hearts(3);
  };
}

/** Likes and their sum; the keyboard's way to what a double tap on the video does. */
export function LikeButton({ room, onLike }: { readonly room: RoomStore; readonly onLike: () => void }) {
  const likes = room.likes.value;
  return (
    <button
      type="button"
      class="like"
      data-testid="like"
      data-count={likes}
      aria-label={`Like, ${likes === 1 ? '1 like' : `${count(likes)} likes`} so far`}
      onClick={onLike}
    >
      <HeartIcon />
      <span class="numbers" aria-hidden="true">
        {likes > 0 ? shortCount(likes) : 'Like'}
      </span>
    </button>
  );
}
