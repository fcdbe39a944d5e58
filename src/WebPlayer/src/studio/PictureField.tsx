import { useId, useState } from 'preact/hooks';
import { api, pictureUrl } from '../wire/api';
import { newKey } from '../wire/key';

/** What the server takes. */
const bytesMax = 5 * 1024 * 1024;

interface PictureFieldProps {
  readonly label: string;
  readonly pictureId: string | null;
  readonly onPicture: (pictureId: string | null) => void;
}

/** Uploads a picture as soon as it is chosen; the form around it only carries the id. */
export function PictureField({ label, pictureId, onPicture }: PictureFieldProps) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function upload(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > bytesMax) return setProblem('The picture is larger than 5 MiB. Choose a smaller one.');
    setBusy(true);
    setProblem(null);
    const answer = await api.uploadPicture(newKey(), file);
    setBusy(false);
    if (answer.ok) onPicture(answer.value.pictureId);
    else setProblem(answer.refusal.message);
  }

  const note = problem ?? (busy ? 'Uploading …' : 'JPEG, PNG or WebP, at most 5 MiB.');
  return (
    <div class="field picture-field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <div class="picture-row">
        {pictureId && <img src={pictureUrl(pictureId)} alt={`${label} chosen`} width={72} height={72} />}
        <input
          id={id}
          type="file"
          accept="image/jpeg,image/png,image/webp"
          aria-describedby={`${id}-note`}
          aria-invalid={problem ? true : undefined}
          onChange={({ currentTarget }) => {
            void upload(currentTarget.files?.[0]);
            // The same file can be chosen again after a failure.
            currentTarget.value = '';
          }}
        />
      </div>
      <p id={`${id}-note`} class={problem ? 'field-problem' : 'field-hint'} aria-live="polite">
        {note}
      </p>
    </div>
  );
}
