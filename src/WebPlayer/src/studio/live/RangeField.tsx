import { useId } from 'preact/hooks';

interface RangeFieldProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** The value in words. */
  readonly words: string;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}

/** A value on a scale. */
export function RangeField({ label, words, onChange, ...range }: RangeFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label} <span class="soft numbers">{words}</span>
      </label>
      <input
        {...range}
        type="range"
        id={id}
        class="range"
        aria-valuetext={words}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
    </div>
  );
}
