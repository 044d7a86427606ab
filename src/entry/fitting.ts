import { isLazyList, type LazyList } from '../base/lazy-list.ts';
import { visible } from '../base/visible.ts';

/** What a flow says for the output `result`. */
type Result = Readonly<Record<string, unknown>>;

/**
 * A value as JSON. Names stay exact for its readers; direction marks become JSON escapes, so that a log that prints
 * the text cannot be made to look different. Pure.
 */
function jsonOf(value: unknown): string {
  return visible(JSON.stringify(value) ?? 'null');
}

/**
 * A result as JSON, in pieces: as one text, that of hundreds of apps would take more memory than all else. `between` is
 * white space before each entry, and before each item of a list. Pure.
 */
export function* jsonPieces(result: Result, between = ''): Generator<string> {
  const entries = Object.entries(result).filter(([, value]) => value !== undefined);
  for (const [index, [key, value]] of entries.entries()) {
    yield `${index === 0 ? '{' : ','}${between}${jsonOf(key)}:`;
    if (isLazyList(value)) yield* listPieces(value, between);
    else yield jsonOf(value);
  }
  yield `${entries.length === 0 ? '{' : ''}${between}}`;
}

function* listPieces(list: LazyList<unknown>, between: string): Generator<string> {
  let before = '[';
  for (const item of list) {
    yield `${before}${between}${jsonOf(item)}`;
    before = ',';
  }
  yield list.length === 0 ? '[]' : ']';
}

/** GitHub takes 1 MB of outputs a job, and counts two bytes a character (docs/github.md 5.3). */
const LIMIT = 900_000;
const BYTES = 2;
const MOST = LIMIT / BYTES;

/**
 * A result as JSON of at most 900 kB. A longer result loses the last entries of its longest list, such as the apps of a
 * promotion, and says under `cut` how many. Pure.
 */
export function fitting(result: Result): string {
  const pieces = begun(jsonPieces(result), MOST);
  if (pieces.whole) return pieces.texts.join('');
  const [name, list] = longestList(result);
  const rest = jsonOf({ ...result, [name]: [], cut: { [name]: list.length } });
  const kept = begun(textsOf(list), MOST - rest.length).texts.length;
  const first = Iterator.from(list).take(kept).toArray();
  return jsonOf({ ...result, [name]: first, cut: { [name]: list.length - kept } });
}

/** The list that takes most room. One that takes more than there is need not be read to its end. */
function longestList(result: Result): [string, LazyList<unknown>] {
  const lists = Object.entries(result).flatMap(([name, list]): [string, LazyList<unknown>, number][] =>
    isLazyList(list) ? [[name, list, begun(textsOf(list), MOST).length]] : [],
  );
  const [longest] = lists.sort((one, other) => other[2] - one[2]);
  return longest ? [longest[0], longest[1]] : ['none', []];
}

function* textsOf(list: LazyList<unknown>): Generator<string> {
  for (const item of list) yield `${jsonOf(item)},`;
}

/** The first of these texts, as many as have room, and the length of what was read. */
function begun(all: Iterable<string>, room: number): { texts: string[]; whole: boolean; length: number } {
  const texts: string[] = [];
  let length = 0;
  for (const text of all) {
    length += text.length;
    if (length > room) return { texts, whole: false, length };
    texts.push(text);
  }
  return { texts, whole: true, length };
}
