import { useEffect } from 'preact/hooks';
import { day } from '../app/ui/format';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { mediaTime } from './mediaTime';
import { type Recording, replayApi, replayUrl } from './replayApi';
import './replay.css';

const againAfterMs = [3_000, 15_000];

/** What a room has shown before, for who comes while it is not live. Nothing when there is nothing. */
export function RoomReplays({ roomId }: { readonly roomId: string }) {
  const { state, reload } = useFetched((signal) => replayApi.list(roomId, signal), [roomId]);
  useEffect(() => {
    // Who stayed to the end finds the newest here as well: it is ready some seconds later, its picture a little after that.
    const timers = againAfterMs.map((ms) => setTimeout(reload, ms));
    return () => timers.forEach(clearTimeout);
  }, [roomId]);
  if (state.kind !== 'ready' || state.value.recordings.length === 0) return null;
  return (
    <section class="room-replays" aria-label="Replays" data-testid="room-replays">
      <h2>Watch again</h2>
      <ul>
        {state.value.recordings.map((recording) => (
          <li key={recording.recordingId}>
            <ReplayCard recording={recording} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ReplayCard({ recording }: { readonly recording: Recording }) {
  const products = recording.products.map((product) => product.title).join(', ');
  return (
    <a class="replay-card" href={`/replay/${recording.recordingId}`} data-testid="replay-card">
      <span class="replay-poster">
        {recording.hasPictures && <img src={replayUrl(recording.recordingId, 'poster.jpg')} alt="" loading="lazy" />}
        <span class="replay-length numbers">{mediaTime(recording.durationMs)}</span>
      </span>
      <span class="replay-card-words">
        <strong>{recording.title}</strong>
        {recording.audience === 'private' && (
          <span>
            <Tag tone="warn">Guests only</Tag>
          </span>
        )}
        <span>{day(recording.startedAt)}</span>
        {products && <span class="replay-products">{products}</span>}
      </span>
    </a>
  );
}
