import { visible } from '../base/visible.ts';

/**
 * A result as JSON. Names stay exact for its readers; direction marks become JSON escapes, so that a log that prints
 * the text cannot be made to look different. Pure.
 */
export function jsonOf(value: unknown, indent?: number): string {
  return visible(JSON.stringify(value, null, indent));
}

/** GitHub takes 1 MB of outputs a job, and counts two bytes a character (docs/github.md 5.3). */
const LIMIT = 900_000;
const BYTES = 2;

/**
 * A result as JSON of at most 900 kB. A longer result loses the last entries of its longest list, such as the apps of a
 * promotion, and says under `cut` how many. Pure.
 */
export function fitting(result: Readonly<Record<string, unknown>>): string {
  const whole = jsonOf(result);
  if (whole.length * BYTES <= LIMIT) return whole;
  const [name, list] = longestList(result);
  const texts = list.map(item => jsonOf(item).length + 1);
  const rest = { ...result, [name]: [], cut: { [name]: list.length } };
  let room = LIMIT / BYTES - jsonOf(rest).length;
  const kept = list.filter((_, index) => {
    room -= texts[index] ?? 0;
    return room >= 0;
  });
  return jsonOf({ ...result, [name]: kept, cut: { [name]: list.length - kept.length } });
}

function longestList(result: Readonly<Record<string, unknown>>): [string, readonly unknown[]] {
  const lists = Object.entries(result).flatMap(([name, value]): [string, unknown[], number][] =>
    Array.isArray(value) ? [[name, value, jsonOf(value).length]] : [],
  );
  const [longest] = lists.sort((one, other) => other[2] - one[2]);
  return longest ? [longest[0], longest[1]] : ['none', []];
}
