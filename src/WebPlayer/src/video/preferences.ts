import { asObject } from '../wire/check';

/** How near to now a viewer wants to be: as near as can be, or with a store against an unsteady network. */
export type Delay = 'lowest' | 'stable';

/** What a viewer chose; null: the player decides. */
export interface Preferences {
  readonly delay: Delay | null;
  /** The name of a rung. */
  readonly rung: string | null;
}

const place = 'player';
const none: Preferences = { delay: null, rung: null };

/** What was chosen before, on this device. Whatever else stands there counts for nothing. */
export function loadPreferences(): Preferences {
  try {
    return readPreferences(localStorage.getItem(place));
  } catch {
    return none;
  }
}

export function readPreferences(stored: string | null): Preferences {
  if (stored === null) return none;
  try {
    const { delay, rung } = asObject(JSON.parse(stored), 'preferences');
    return {
      delay: delay === 'lowest' || delay === 'stable' ? delay : null,
      rung: typeof rung === 'string' && /^[a-z0-9]{1,16}$/.test(rung) ? rung : null,
    };
  } catch {
    return none;
  }
}

export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(place, JSON.stringify(preferences));
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}
