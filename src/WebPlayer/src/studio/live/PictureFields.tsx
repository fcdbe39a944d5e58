import { CheckField, ChoiceField, SelectField } from '../../app/ui/Field';
import { DeviceField } from './DeviceField';
import type { OnAir } from './onAir';
import { type FrameRate, frameRates, type Height, heights, kilobitChoices, videoBits } from './quality';
import type { Stage } from './stage';

interface PictureFieldsProps {
  readonly stage: Stage;
  readonly onAir: OnAir;
  readonly live: boolean;
}

/** Camera, size, frames and bits. */
export function PictureFields({ stage, onAir, live }: PictureFieldsProps) {
  const settings = stage.settings.value;
  const camera = stage.sources.camera.value;
  const now = Math.round(videoBits(settings, onAir.step.value) / 1000);
  return (
    <details class="studio-fold">
      <summary>Camera and quality</summary>
      <div class="form">
        {camera.kind === 'problem' && <p class="field-problem">{camera.text}</p>}
        <DeviceField
          label="Camera"
          devices={stage.devices.value.cameras}
          value={settings.cameraId}
          onChange={(cameraId) => stage.change({ cameraId })}
        />
        <CheckField
          label="Mirror my preview"
          hint="Your viewers always see you as you are."
          checked={settings.mirrored}
          onChange={({ currentTarget }) => stage.change({ mirrored: currentTarget.checked })}
        />
        <ChoiceField
          legend="Shape"
          look="tiles"
          value={settings.portrait ? 'portrait' : 'landscape'}
          onChoose={(shape) => onAir.changeQuality({ portrait: shape === 'portrait' })}
          choices={[
            { value: 'landscape', label: 'Wide' },
            { value: 'portrait', label: 'Tall' },
          ]}
        />
        <div class="form-pair studio-fields">
          <SelectField
            label="Picture size"
            data-testid="picture-height"
            value={String(settings.height)}
            onChange={({ currentTarget }) => onAir.changeQuality({ height: Number(currentTarget.value) as Height })}
          >
            {heights.map((height) => (
              <option key={height} value={String(height)}>
                {height}p
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Frames a second"
            value={String(settings.framesPerSecond)}
            onChange={({ currentTarget }) =>
              onAir.changeQuality({ framesPerSecond: Number(currentTarget.value) as FrameRate })
            }
          >
            {frameRates.map((rate) => (
              <option key={rate} value={String(rate)}>
                {rate}
              </option>
            ))}
          </SelectField>
        </div>
        <SelectField
          label="Bits a second"
          hint={
            settings.kilobits === null
              ? `Automatic: ${now} kbit/s now, and less while the way to the server is narrow.`
              : 'Fixed: if the way to the server is too narrow, the picture stops.'
          }
          value={settings.kilobits === null ? '' : String(settings.kilobits)}
          onChange={({ currentTarget }) =>
            onAir.changeQuality({ kilobits: currentTarget.value === '' ? null : Number(currentTarget.value) })
          }
        >
          <option value="">Automatic</option>
          {kilobitChoices.map((kilobits) => (
            <option key={kilobits} value={String(kilobits)}>
              {kilobits} kbit/s
            </option>
          ))}
        </SelectField>
        {live && (
          <p class="field-hint">
            A change of shape, size, frames or bits makes your viewers wait a moment. You stay live.
          </p>
        )}
      </div>
    </details>
  );
}
