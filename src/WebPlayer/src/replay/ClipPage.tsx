import { navigate } from '../app/router';
import type { PageProps } from '../app/routes';
import { me, moderates } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { dateTime } from '../app/ui/format';
import { PageBody } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { type Clip, clipUrl, replayApi } from './replayApi';
import './replay.css';

/** A clip: to watch, share and download. */
export function ClipPage({ params }: PageProps) {
  const clipId = params.id ?? '';
  const { state } = useFetched((signal) => replayApi.clip(clipId, signal), [clipId]);
  if (state.kind === 'loading') return <Busy label="Opening the clip" />;
  if (state.kind === 'refused') {
    return (
      <EmptyState alone title="No clip here" text={state.refusal.message}>
        <LinkButton href="/">See who is live</LinkButton>
      </EmptyState>
    );
  }
  return <ClipView clip={state.value} />;
}

function ClipView({ clip }: { readonly clip: Clip }) {
  const self = me.value?.person.id;
  const mayRemove = self === clip.by.id || self === clip.owner.id || moderates.value;

  async function share(): Promise<void> {
    const url = window.location.href;
    try {
      if (navigator.share) await navigator.share({ title: clip.title, url });
      else {
        await navigator.clipboard.writeText(url);
        toast('The link is copied', 'good');
      }
    } catch {
      // Closed again, or not allowed: the address bar has it.
    }
  }

  async function remove(): Promise<void> {
    if (!window.confirm('Delete this clip? It can not be brought back.')) return;
    const answer = await replayApi.removeClip(clip.clipId);
    if (!answer.ok) return toast(answer.refusal.message, 'problem');
    toast('The clip is deleted', 'good');
    navigate(`/room/${clip.roomId}`);
  }

  return (
    <PageBody
      title={clip.title}
      intro={`From ${clip.owner.name}. Clipped by ${clip.by.name}, ${dateTime(clip.madeAt)}.`}
      width="narrow"
    >
      {/* biome-ignore lint/a11y/useMediaCaption: cut from a camera's film, which has no captions */}
      <video
        class="clip-film"
        data-testid="clip-video"
        aria-label={clip.title}
        src={clipUrl(clip.clipId, 'mp4')}
        poster={clipUrl(clip.clipId, 'jpg')}
        controls
        playsInline
      />
      <div class="clip-acts">
        <Button tone="primary" onClick={() => void share()}>
          Share
        </Button>
        <a
          class="button button-plain button-normal"
          href={clipUrl(clip.clipId, 'mp4')}
          download={`clip-${clip.clipId}.mp4`}
        >
          Download
        </a>
        <LinkButton href={`/room/${clip.roomId}`}>To the room</LinkButton>
        {mayRemove && (
          <Button tone="danger" onClick={() => void remove()}>
            Delete
          </Button>
        )}
      </div>
    </PageBody>
  );
}
