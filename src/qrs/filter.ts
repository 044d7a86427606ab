/**
 * Builds expressions of QRS's filter language (docs/qrs.md 3). A list of alternatives is always in parentheses, because
 * QRS does not read `a and b or c` as one expects.
 */

/** `name eq 'O\'Neil'`: backslash escapes the quote and itself. */
export function equals(property: string, value: string): string {
  return `${property} eq ${quote(value)}`;
}

export function differs(property: string, value: string): string {
  return `${property} ne ${quote(value)}`;
}

/** Matches text that begins with `value`, in any case. */
export function startsWith(property: string, value: string): string {
  return `${property} sw ${quote(value)}`;
}

/** A GUID has no quotes. The caller has checked that it is one. */
export function equalsId(property: string, guid: string): string {
  return `${property} eq ${guid}`;
}

/** Matches what meets both conditions, in parentheses. */
export function bothOf(one: string, other: string): string {
  return `(${one} and ${other})`;
}

/** The most percent-encoded characters of one expression, so that the server accepts the URL. */
const LONGEST = 6000;

/**
 * Joins alternatives by `or` into expressions that are short enough each, so that hundreds of names take a few
 * requests.
 */
export function anyOf(alternatives: readonly string[]): string[] {
  return groupsOf(alternatives).map(either);
}

/** Matches any of the alternatives, as one expression. */
export function either(alternatives: readonly string[]): string {
  return alternatives.length === 1 ? (alternatives[0] ?? '') : `(${alternatives.join(' or ')})`;
}

/** The alternatives in groups that each make one expression, of at most `most` of them. */
export function groupsOf(alternatives: readonly string[], most = Number.POSITIVE_INFINITY): string[][] {
  const groups: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const alternative of alternatives) {
    const cost = encodeURIComponent(alternative).length + 8;
    if (size + cost > LONGEST || (groups.at(-1)?.length ?? 0) >= most) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(alternative);
    size += cost;
  }
  return groups;
}

function quote(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}
