import { SelectField } from '../../app/ui/Field';

interface DeviceFieldProps {
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

/** One of the devices that the browser tells of; it tells their names once it may use one. */
export function DeviceField({ label, devices, value, onChange }: DeviceFieldProps) {
  const known = devices.some(({ deviceId }) => deviceId === value);
  return (
    <SelectField
      label={label}
      hint={value !== null && !known && devices.length > 0 ? 'The one you chose is not connected.' : undefined}
      value={known ? (value ?? '') : ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value || null)}
    >
      <option value="">The browser's choice</option>
      {devices.map(({ deviceId, label: name }, index) => (
        <option key={deviceId} value={deviceId}>
          {name || `${label} ${index + 1}`}
        </option>
      ))}
    </SelectField>
  );
}
