/** GitHub takes 1 MB of outputs a job, and counts two bytes a character (docs/github.md 5.3). */
const LIMIT = 900_000;
const BYTES = 2;

/**
 * A result as JSON of at most 900 kB. One that is too long loses the last entries of its longest list, such as the apps
 * of a promotion, and says under `cut` how many. Pure.
 */
export function fitting(result: Readonly<Record<string, unknown>>): string {
  const whole = JSON.stringify(result);
  if (whole.length * BYTES <= LIMIT) return whole;
  const [name, list] = longestList(result);
  const texts = list.map(item => JSON.stringify(item).length + 1);
  const rest = { ...result, [name]: [], cut: { [name]: list.length } };
  let room = LIMIT / BYTES - JSON.stringify(rest).length;
  const kept = list.filter((_, index) => {
    room -= texts[index] ?? 0;
    return room >= 0;
  });
  return JSON.stringify({ ...result, [name]: kept, cut: { [name]: list.length - kept.length } });
}

function longestList(result: Readonly<Record<string, unknown>>): [string, readonly unknown[]] {
  const lists = Object.entries(result).flatMap(([name, value]): [string, unknown[], number][] =>
    Array.isArray(value) ? [[name, value, JSON.stringify(value).length]] : [],
  );
  const [longest] = lists.sort((one, other) => other[2] - one[2]);
  return longest ? [longest[0], longest[1]] : ['none', []];
}
