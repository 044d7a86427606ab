/**
 * Time zones. A *wall time* is what the clocks of a zone show, written as milliseconds as if they showed UTC.
 */

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The IANA name of a zone, in its usual spelling; undefined for a word that is none. `Intl` also takes `europe/berlin`
 * and offsets such as `+01:00`, which a site need not know.
 */
export function zoneNamed(word: string): string | undefined {
  if (!/^[a-z]/i.test(word) || !isTimeZone(word)) return undefined;
  const usual = Intl.supportedValuesOf('timeZone').find(name => name.toLowerCase() === word.toLowerCase());
  return usual ?? word;
}

/** What the clocks of the zone show at that instant, to the minute. */
export function wallTime(instant: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const of = (part: Intl.DateTimeFormatPartTypes) => parts.get(part) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
}

/**
 * When the clocks of the zone show that wall time. Of an hour that a change of the clocks repeats, it is one of the two;
 * of an hour that a change skips, the same distance behind the change.
 */
export function instantOf(wall: number, zone: string): number {
  const guess = wall - (wallTime(wall, zone) - wall);
  return wall - (wallTime(guess, zone) - guess);
}
