import * as z from 'zod';
import { InputError, type Problem } from './errors.ts';
import { codeFrame, structureOnly, withValues } from './frame.ts';
import { type Parsed, type Placed, parseYaml } from './yaml-document.ts';
import { describe, type Found, valueAt } from './yaml-problems.ts';

/** A YAML text and its name in sentences: the name of an input, or the path of a file. */
export interface YamlText {
  from: string;
  text: string;
  /** Whether `from` is the path of a file. */
  isFile?: boolean;
}

/** The result of `prepare`. */
export interface Prepared {
  value: unknown;
  /** What `prepare` could not do; paths as in the text. */
  problems: readonly Found[];
  /** The keys in the text that lead to `value`. */
  below?: readonly PropertyKey[];
}

export interface YamlOptions<T> {
  /** Whether messages may show values. A mapping that may hold credentials is never quoted. */
  showValues: boolean;
  prepare?: (value: unknown) => Prepared;
  /**
   * Finds problems that a schema cannot express; paths below `value`. `whole` is the value as the schema reads it, or
   * undefined where the schema found problems. The report then has the problems of both.
   */
  check?: (value: unknown, whole: T | undefined) => readonly Found[];
}

/**
 * Parses YAML into plain values, passed through `prepare`, and checks them against `schema`.
 * Throws InputError with every problem at once, each with its place.
 */
export function readYaml<T>(schema: z.ZodType<T>, yaml: YamlText, options: YamlOptions<T>): T {
  const { showValues, prepare, check } = options;
  const parsed = parseYaml(yaml.text, showValues);
  const fail = (problems: readonly Placed[]) => {
    const shown = showValues ? withValues : structureOnly(new Set(keysOf(schema).keys()));
    return new InputError(inOrder(problems, yaml, parsed.lines, shown));
  };
  if (!parsed.plain) throw fail(parsed.problems);
  const { value: plain, places } = parsed.plain;
  const { value, problems: unready, below = [] } = prepare?.(plain) ?? { value: plain, problems: [] };
  const at = ({ path, key, text }: Found) => ({ offset: places.offsetOf(path, key), text });
  const causes = [...parsed.problems, ...unready.map(at)];
  const elsewhere = unready.flatMap(({ also = [], text }) => also.map(path => at({ path, text })));
  const mistaken = [...causes, ...elsewhere].sort(byOffset);
  const written = below.reduce(valueAt, plain);
  // A text is read once: to compile its schema would take longer than to read it.
  const result = schema.safeParse(value, { reportInput: true, jitless: true });
  const issues = result.error?.issues ?? [];
  const telling = { show: showValues, homes: issues.length > 0 ? homesOf(schema) : NO_HOMES };
  const found = [
    ...issues.flatMap(issue => describe(issue, written, telling)),
    ...(check?.(value, result.data) ?? []),
  ].map(one => ({ ...one, path: [...below, ...one.path] }));
  // One mistake causes others: these are left out.
  const own = found.filter(({ path, key }) => !hasOneIn(mistaken, places.rangeOf(path, key)));
  const problems = [...causes, ...own.map(at)];
  if (result.success && problems.length === 0) return result.data;
  throw fail(problems);
}

const byOffset = (one: Placed, other: Placed) => one.offset - other.offset;

/** Whether one of the sorted problems lies in a range. */
function hasOneIn(problems: readonly Placed[], range: [number, number] | undefined): boolean {
  if (!range) return false;
  const [from, until] = range;
  let [low, high] = [0, problems.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((problems[middle]?.offset ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (problems[low]?.offset ?? Number.POSITIVE_INFINITY) <= until;
}

/** The most problems of one text to show; the others are counted. */
const MOST = 50;

function inOrder(
  problems: readonly Placed[],
  { from, text: source, isFile = false }: YamlText,
  lines: Parsed['lines'],
  shown: (line: string) => string,
): Problem[] {
  const all = [...problems].sort(byOffset);
  const more = all.length - MOST;
  const named: Problem[] = all.slice(0, MOST).map(({ offset, text }) => {
    const { line, col: column } = lines.linePos(offset);
    const frame = codeFrame(source, { line, column }, shown);
    return { text, place: { from, isFile, line, column, frame } };
  });
  return more > 0 ? [...named, { text: `${from}: ${more} more problems.` }] : named;
}

/** A mapping with fixed keys: any other key is a problem that suggests the nearest one. */
export function closed<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? JSON.stringify(Object.keys(shape))
        : `must be a mapping, as in "${Object.keys(shape)[0]}: …"`,
  });
}

const NO_HOMES: ReadonlyMap<string, string> = new Map();

/** The keys of nested mappings, each with the key of its mapping. */
function homesOf(schema: unknown): Map<string, string> {
  return new Map([...keysOf(schema)].flatMap(([key, home]) => (home === undefined ? [] : [[key, home]])));
}

/** All keys of a shape at any depth, each with the key of its mapping. Keys are not secrets. */
function keysOf(
  schema: unknown,
  home?: string,
  keys: Map<string, string | undefined> = new Map(),
  seen: Set<unknown> = new Set(),
): Map<string, string | undefined> {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return keys;
  seen.add(schema);
  if (schema instanceof z.ZodObject) {
    const inner = Object.entries(schema.shape);
    for (const [key] of inner) if (!keys.has(key)) keys.set(key, home);
    for (const [key, value] of inner) keysOf(value, key, keys, seen);
  } else {
    const parts = schema instanceof z.ZodType ? { ...schema.def } : schema;
    for (const part of Object.values(parts)) keysOf(part, home, keys, seen);
  }
  return keys;
}
