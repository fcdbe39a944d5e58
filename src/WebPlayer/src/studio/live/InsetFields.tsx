import { ChoiceField } from '../../app/ui/Field';
import { type Corner, cornerOf, inCorner, insetSizes } from './layout';
import { RangeField } from './RangeField';
import type { Stage } from './stage';

/** Where the camera's picture lies in the screen's, for those who do not drag it. */
export function InsetFields({ stage }: { readonly stage: Stage }) {
  const { inset } = stage.settings.value;
  return (
    <div class="form-pair studio-fields">
      <ChoiceField<Corner>
        legend="Camera in the corner"
        look="tiles"
        value={cornerOf(inset)}
        onChoose={(corner) => stage.change({ inset: inCorner(inset, corner) })}
        choices={[
          { value: 'topLeft', label: 'Top left' },
          { value: 'topRight', label: 'Top right' },
          { value: 'bottomLeft', label: 'Bottom left' },
          { value: 'bottomRight', label: 'Bottom right' },
        ]}
      />
      <RangeField
        label="Size of the camera picture"
        min={insetSizes.min}
        max={insetSizes.max}
        step={0.02}
        value={inset.size}
        words={`${Math.round(inset.size * 100)} %`}
        onChange={(size) => stage.change({ inset: { ...inset, size } })}
      />
    </div>
  );
}
