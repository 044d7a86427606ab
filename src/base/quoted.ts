/** A longer value is described, not shown. Characters. */
const LONGEST = 30;

/**
 * Quotes a user's value for a sentence. The user may have put a secret in the wrong place: a value that is long, or
 * looks like a token, is described and not shown.
 */
export function quoted(value: string): string {
  if (value.length > LONGEST) return `a text of ${value.length} letters`;
  return looksLikeToken(value) ? 'what looks like a secret' : JSON.stringify(value);
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The same for a line of source text: a long value is cut, and one that looks like a token becomes `…`. */
export function shownValue(value: string): string {
  if (looksLikeToken(value) && !GUID.test(value)) return '…';
  const letters = [...value];
  return letters.length <= LONGEST ? value : `${letters.slice(0, LONGEST).join('').trimEnd()}…`;
}

/** A word of sixteen or more characters that mixes letters and digits, or begins as known tokens do. */
function looksLikeToken(value: string): boolean {
  if (/-----|\beyJ|\bgh[a-z]_|\bgithub_pat_/.test(value)) return true;
  return (value.match(/[\w+/=.~-]{16,}/g) ?? []).some(word => {
    const mixed = /\d/.test(word) && /[a-z]/i.test(word);
    // A name of several parts, such as release-2026-05 or app.final.v2, has only short runs of mixed characters.
    return (
      mixed && word.split(/[-._]/).some(part => part.length >= 10 && /\d/.test(part) && /[a-z]/i.test(part))
    );
  });
}
