import { TextField } from '../app/ui/Field';

interface BirthDateFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | null;
  readonly required?: boolean;
  /** Such as `1990-12-31`; empty while it is none. */
  readonly value: string;
  readonly onChange: (date: string) => void;
}

/** The first year that the server believes. */
const firstDay = '1900-01-01';

/** When somebody was born. */
export function BirthDateField({ onChange, required = false, ...field }: BirthDateFieldProps) {
  return (
    <TextField
      {...field}
      type="date"
      name="bday"
      autoComplete="bday"
      required={required}
      min={firstDay}
      max={new Date().toISOString().slice(0, 10)}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}
