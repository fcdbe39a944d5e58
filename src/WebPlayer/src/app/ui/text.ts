/**
 * Signs that do something instead of showing something: control characters, direction overrides and isolates, invisible
 * separators, the marks of Unicode's private conversations. The joiner that emoji and some scripts need is not among them.
 */
const acting =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu;
/** No letter of a living language needs more marks than this; a hundred of them cover their neighbours' lines. */
const piled = /(\p{M}{5})\p{M}+/gu;

/** What somebody wrote, without what could turn round, hide or cover the words of others. Still text: never markup. */
export function harmless(text: string): string {
  return text.replace(acting, (found) => (/[\n\r\t\u2028\u2029]/.test(found) ? ' ' : '')).replace(piled, '$1');
}
