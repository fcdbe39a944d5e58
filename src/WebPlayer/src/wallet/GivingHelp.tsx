import { LinkButton } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { codes, type LimitsView, type Refusal } from '../wire/types';
import { BirthDateForm } from './BirthDateForm';

/** Refusals that the limits of one's wallet explain. */
const explained: readonly number[] = [codes.givingLimitReached, codes.givingTooFast, codes.tooYoung];

interface GivingHelpProps {
  readonly refusal: Refusal;
  /** The date of birth that was missing is there. */
  readonly onBirthDate: (view: LimitsView) => void;
}

/** Why coins were not given or bought, and what to do about it, on the spot where that is possible. */
export function GivingHelp({ refusal, onBirthDate }: GivingHelpProps) {
  if (refusal.code === codes.birthDateNeeded) {
    return (
      <>
        <Notice tone="problem">One thing is missing first: when you were born.</Notice>
        <BirthDateForm onKnown={onBirthDate} />
      </>
    );
  }
  return (
    <Notice tone="problem">
      {refusal.message}
      {explained.includes(refusal.code) && (
        <LinkButton href="/wallet#limits" size="small" newTab={window.location.pathname !== '/wallet'}>
          See my limits
        </LinkButton>
      )}
    </Notice>
  );
}
