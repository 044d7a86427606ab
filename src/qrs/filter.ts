/**
 * Builds expressions of QRS's filter language (docs/qrs.md 3). A list of alternatives always stands in
 * parentheses, because `a and b or c` does not bind as one expects.
 */

/** `name eq 'O\'Neil'`: backslash escapes the quote and itself. */
export function equals(property: string, value: string): string {
  return `${property} eq ${quote(value)}`;
}

/** Text that begins so, in any case. */
export function startsWith(property: string, value: string): string {
  return `${property} sw ${quote(value)}`;
}

/** A GUID stands bare. The caller has checked that it is one. */
export function equalsId(property: string, guid: string): string {
  return `${property} eq ${guid}`;
}

/** What meets both conditions, in parentheses. */
export function bothOf(one: string, other: string): string {
  return `(${one} and ${other})`;
}

/**
 * Joins alternatives by `or`, in as many expressions as keep each under `limit` percent-encoded characters,
 * so that hundreds of names take a few requests and no URL is too long for the server.
 */
export function anyOf(alternatives: readonly string[], limit = 6000): string[] {
  const groups: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const alternative of alternatives) {
    const cost = encodeURIComponent(alternative).length + 8;
    if (size + cost > limit) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(alternative);
    size += cost;
  }
  return groups.map(group => (group.length === 1 ? (group[0] ?? '') : `(${group.join(' or ')})`));
}

function quote(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}
