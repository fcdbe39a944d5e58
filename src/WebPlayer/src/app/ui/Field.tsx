import type {
  ComponentChildren,
  PartialInputHTMLAttributes,
  PartialSelectHTMLAttributes,
  TextareaHTMLAttributes,
} from 'preact';
import { useId } from 'preact/hooks';
import './field.css';

// Preact tells inputs apart by type and role; a field passes on whatever fits an input, so it spreads it as a plain object.
interface FieldProps {
  readonly label: string;
  /** Below the field: what is expected. */
  readonly hint?: string | undefined;
  /** Below the field: what is wrong. */
  readonly problem?: string | null | undefined;
}

type Input = Omit<PartialInputHTMLAttributes<HTMLInputElement>, 'label' | 'id' | 'class' | 'className' | 'role'>;
type Select = Omit<PartialSelectHTMLAttributes<HTMLSelectElement>, 'label' | 'id' | 'class' | 'className' | 'role'>;
type Text = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'label' | 'id' | 'class' | 'className' | 'role'>;

export function TextField({ label, hint, problem, ...input }: FieldProps & Input) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(id, described) => <input {...(input as object)} {...described} id={id} class="field-input" />}
    </Labelled>
  );
}

export function TextArea({ label, hint, problem, ...input }: FieldProps & Text) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(id, described) => <textarea {...(input as object)} {...described} id={id} class="field-input" />}
    </Labelled>
  );
}

export function SelectField({ label, hint, problem, children, ...select }: FieldProps & Select) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <select {...(select as object)} {...described} id={id} class="field-input">
          {children}
        </select>
      )}
    </Labelled>
  );
}

export function CheckField({ label, hint, ...input }: Omit<FieldProps, 'problem'> & Input) {
  const id = useId();
  return (
    <div class="check">
      <input {...(input as object)} type="checkbox" id={id} />
      <label for={id}>
        {label}
        {hint && <span class="field-hint">{hint}</span>}
      </label>
    </div>
  );
}

interface Choice<T extends string> {
  readonly value: T;
  readonly label: ComponentChildren;
}

interface ChoiceFieldProps<T extends string> {
  readonly legend: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T | null;
  readonly onChoose: (value: T) => void;
  readonly look?: 'list' | 'tiles';
}

/** One of several, each in sight. */
export function ChoiceField<T extends string>({
  legend,
  choices,
  value,
  onChoose,
  look = 'list',
}: ChoiceFieldProps<T>) {
  const name = useId();
  return (
    <fieldset class={`choices choices-${look}`}>
      <legend>{legend}</legend>
      <div class="choices-set">
        {choices.map((choice) => (
          <label key={choice.value} class="choice">
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChoose(choice.value)}
            />
            <span class="choice-label">{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface LabelledProps extends FieldProps {
  readonly children: (
    id: string,
    described: { 'aria-describedby'?: string; 'aria-invalid'?: true },
  ) => ComponentChildren;
}

function Labelled({ label, hint, problem, children }: LabelledProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = problem ?? hint;
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label}
      </label>
      {children(id, { ...(note && { 'aria-describedby': noteId }), ...(problem && { 'aria-invalid': true as const }) })}
      {note && (
        <p id={noteId} class={problem ? 'field-problem' : 'field-hint'}>
          {note}
        </p>
      )}
    </div>
  );
}
