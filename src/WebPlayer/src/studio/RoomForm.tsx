import { useEffect, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { capitalised } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import { categories, type RoomView, titleLengthMax } from '../wire/types';
import { PictureField } from './PictureField';

interface RoomFormProps {
  /** The room to change; none makes a new one. */
  readonly room?: RoomView;
  readonly onSaved: (room: RoomView) => void;
}

type About = Pick<RoomView, 'title' | 'category' | 'coverId'>;

const newRoom: About = { title: '', category: 'talk', coverId: null };

/** Stays as it is when what it saved comes back: who pressed its button goes on from there. */
export function RoomForm({ room, onSaved }: RoomFormProps) {
  /** As the server has it. */
  const [saved, setSaved] = useState<About>(room ?? newRoom);
  /** What was changed here and not saved yet. */
  const [edits, setEdits] = useState<Partial<About>>({});
  // One key per intention: pressing again after a lost answer makes no second room.
  const [key, setKey] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { title, category, coverId } = { ...saved, ...edits };
  const edit = (change: Partial<About>) => setEdits((before) => ({ ...before, ...change }));

  // It may have been changed elsewhere; the room itself is a new one with every gift.
  useEffect(() => {
    if (room) setSaved(room);
  }, [room?.roomId, room?.title, room?.category, room?.coverId]);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const details = { title: title.trim(), category, coverId };
    const answer = room ? await api.updateRoom(room.roomId, details) : await api.createRoom(key, details);
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.refusal.message);
      return;
    }
    if (room) {
      setSaved(answer.value);
      // What was written while it was being saved is kept.
      setEdits((now) => (now === edits ? {} : now));
    } else {
      setEdits({ category });
      setKey(newKey());
    }
    onSaved(answer.value);
  }

  return (
    <form class="form" onSubmit={(event) => void save(event)}>
      <TextField
        label="Title"
        value={title}
        required
        maxLength={titleLengthMax}
        data-testid="room-title"
        onInput={(event) => edit({ title: (event.target as HTMLInputElement).value })}
      />
      <SelectField
        label="Category"
        value={category}
        onChange={(event) => edit({ category: (event.target as HTMLSelectElement).value })}
      >
        {categories.map((one) => (
          <option key={one} value={one}>
            {capitalised(one)}
          </option>
        ))}
      </SelectField>
      <PictureField label="Cover" pictureId={coverId} onPicture={(picture) => edit({ coverId: picture })} />
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" tone="primary" busy={busy} data-testid="room-save">
        {room ? 'Save' : 'Create room'}
      </Button>
    </form>
  );
}
