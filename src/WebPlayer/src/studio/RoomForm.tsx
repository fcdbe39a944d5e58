import { useState } from 'preact/hooks';
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

export function RoomForm({ room, onSaved }: RoomFormProps) {
  const [title, setTitle] = useState(room?.title ?? '');
  const [category, setCategory] = useState(room?.category ?? 'talk');
  const [coverId, setCoverId] = useState(room?.coverId ?? null);
  // One key per intention: pressing again after a lost answer makes no second room.
  const [key, setKey] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

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
    if (!room) {
      setTitle('');
      setCoverId(null);
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
        onInput={(event) => setTitle((event.target as HTMLInputElement).value)}
      />
      <SelectField
        label="Category"
        value={category}
        onChange={(event) => setCategory((event.target as HTMLSelectElement).value)}
      >
        {categories.map((one) => (
          <option key={one} value={one}>
            {capitalised(one)}
          </option>
        ))}
      </SelectField>
      <PictureField label="Cover" pictureId={coverId} onPicture={setCoverId} />
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" tone="primary" busy={busy} data-testid="room-save">
        {room ? 'Save' : 'Create room'}
      </Button>
    </form>
  );
}
