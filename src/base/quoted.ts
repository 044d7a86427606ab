/** A longer value is described rather than shown. */
const LONGEST = 30;

/**
 * Somebody's value for a sentence. Somebody may have put a secret in the wrong place: what is long, or looks like a
 * token, is described and not shown.
 */
export function quoted(value: string): string {
  if (value.length > LONGEST) return `a text of ${value.length} letters`;
  return looksLikeToken(value) ? 'what looks like a secret' : JSON.stringify(value);
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The same for lines of a text that are shown as they are: what is long is cut, what looks like a token is `…`. */
export function shownValue(value: string): string {
  if (looksLikeToken(value) && !GUID.test(value)) return '…';
  const letters = [...value];
  return letters.length <= LONGEST ? value : `${letters.slice(0, LONGEST).join('').trimEnd()}…`;
}

/** A word of sixteen letters and more in which letters and digits are mixed, or that begins as tokens do. */
function looksLikeToken(value: string): boolean {
  if (/-----|\beyJ|\bgh[a-z]_|\bgithub_pat_/.test(value)) return true;
  return (value.match(/[\w+/=.~-]{16,}/g) ?? []).some(word => {
    const mixed = /\d/.test(word) && /[a-z]/i.test(word);
    // A name with its parts, such as release-2026-05 or app.final.v2, has few letters in a row that are so mixed.
    return (
      mixed && word.split(/[-._]/).some(part => part.length >= 10 && /\d/.test(part) && /[a-z]/i.test(part))
    );
  });
}
