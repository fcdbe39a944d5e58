import { Button } from '../../app/ui/Button';
import { CheckField } from '../../app/ui/Field';
import { DeviceField } from './DeviceField';
import { LevelMeter } from './LevelMeter';
import { RangeField } from './RangeField';
import { gainMax } from './settings';
import type { SoundInput } from './sound';
import type { Stage } from './stage';

/** What is heard, how loud, and whether anything is. */
export function SoundFields({ stage }: { readonly stage: Stage }) {
  const settings = stage.settings.value;
  const microphone = stage.sources.microphone.value;
  return (
    <details class="studio-fold" open>
      <summary>Sound</summary>
      <div class="form">
        {microphone.kind === 'problem' && (
          <p class="field-problem" role="alert">
            {microphone.text}
          </p>
        )}
        {microphone.kind === 'on' && <Channel stage={stage} input="voice" name="Microphone" />}
        {stage.screenSounds.value && <Channel stage={stage} input="screen" name="Sound of the screen" />}
        <DeviceField
          label="Microphone"
          devices={stage.devices.value.microphones}
          value={settings.microphoneId}
          onChange={(microphoneId) => stage.change({ microphoneId })}
        />
        <CheckField
          label="Take the loudspeaker's echo out"
          checked={settings.echoCancellation}
          onChange={({ currentTarget }) => stage.change({ echoCancellation: currentTarget.checked })}
        />
        <CheckField
          label="Take noise out"
          hint="Turn it off for music."
          checked={settings.noiseSuppression}
          onChange={({ currentTarget }) => stage.change({ noiseSuppression: currentTarget.checked })}
        />
      </div>
    </details>
  );
}

interface ChannelProps {
  readonly stage: Stage;
  readonly input: SoundInput;
  readonly name: string;
}

function Channel({ stage, input, name }: ChannelProps) {
  const settings = stage.settings.value;
  const muted = stage.muted.value[input];
  const gain = input === 'voice' ? settings.voiceGain : settings.screenGain;
  return (
    <div class="sound-channel">
      <LevelMeter label={name} level={() => stage.level(input)} muted={muted} />
      <RangeField
        label={`Volume: ${name}`}
        min={0}
        max={gainMax}
        step={0.05}
        value={gain}
        words={`${Math.round(gain * 100)} %`}
        onChange={(value) => stage.change(input === 'voice' ? { voiceGain: value } : { screenGain: value })}
      />
      <Button aria-pressed={muted} data-testid={`mute-${input}`} onClick={() => stage.mute(input, !muted)}>
        {input === 'voice' ? 'Mute the microphone' : 'Mute the screen'}
      </Button>
    </div>
  );
}
