import { count } from '../app/ui/format';
import type { Invitation } from '../wire/audience';

/** Whether a link lets somebody in. */
export function linkState({ expiresAt, uses, usesMax }: Invitation, now: number): 'open' | 'full' | 'expired' {
  if (now >= expiresAt) return 'expired';
  return uses >= usesMax ? 'full' : 'open';
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How many came in by a link, and for how long it stands. */
export function linkWords(link: Invitation, now: number): string {
  const used = `${count(link.uses)} of ${count(link.usesMax)} came in`;
  const left = link.expiresAt - now;
  return left <= 0 ? used : `${used}, ${leftWords(left)} left`;
}

function leftWords(ms: number): string {
  const [size, name] = ms >= 2 * dayMs ? [dayMs, 'days'] : ms >= 2 * hourMs ? [hourMs, 'hours'] : [minuteMs, 'minutes'];
  return `${count(Math.ceil(ms / size))} ${name}`;
}
