import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import * as z from 'zod';
import { InputError, type Problem } from './errors.ts';
import { codeFrame, type Shown, structureOnly, withValues } from './frame.ts';
import { keyProblem, syntaxProblem, valueProblem } from './yaml-mistakes.ts';
import { describe, type Found } from './yaml-problems.ts';

/** A YAML text and what to call it in a sentence: the name of an input, or the path of a file. */
export interface YamlText {
  from: string;
  text: string;
  /** Whether `from` is the path of a file. */
  isFile?: boolean;
}

export interface Reading<T> {
  /** Whether messages may show values. A mapping that may hold credentials is never quoted. */
  showValues: boolean;
  prepare?: (value: unknown) => unknown;
  /** Finds what a schema cannot say. */
  check?: (value: T) => readonly { path: readonly PropertyKey[]; text: string }[];
}

/** The text of a problem and where it lies: an offset into the text. */
interface Placed {
  offset: number;
  text: string;
}

/**
 * Parses YAML into plain values, passed through `prepare`, and checks them against `schema`.
 * Throws InputError with every problem at once, each with its place.
 */
export function readYaml<T>(schema: z.ZodType<T>, yaml: YamlText, reading: Reading<T>): T {
  const { showValues, prepare, check } = reading;
  const lines = new LineCounter();
  const document = parseDocument(shielded(yaml.text), {
    lineCounter: lines,
    prettyErrors: false,
    // The library compares each key with each other one; keysTwice does so in linear time.
    uniqueKeys: false,
    merge: true,
  });
  const shown = showValues ? withValues : structureOnly(keysOf(schema));
  const fail = (problems: readonly Placed[]) => new InputError(placed(problems, yaml, lines, shown));
  if (yaml.text.includes('\0')) throw fail([{ offset: 0, text: 'the text is UTF-16. Save it as UTF-8.' }]);
  if (document.errors.length > 0) throw fail(syntaxProblems(document.errors, yaml.text));
  const mistakes = valueProblems(document, showValues);
  if (mistakes.length > 0) throw fail(mistakes);
  const plain = toPlain(document, fail);
  const value = prepare ? prepare(plain) : plain;
  const result = schema.safeParse(value, { reportInput: true });
  const at = ({ path, key, text }: Found) => ({ offset: offsetOf(document.contents, path, key), text });
  const problems = result.success
    ? (check?.(result.data) ?? []).map(at)
    : result.error.issues.flatMap(issue => describe(issue, plain, showValues)).map(at);
  if (result.success && problems.length === 0) return result.data;
  throw fail(problems);
}

/** More problems of one text are counted. */
const MOST = 50;

/** In the order of the text. */
function placed(problems: readonly Placed[], yaml: YamlText, lines: LineCounter, shown: Shown): Problem[] {
  const { from, text: source, isFile = false } = yaml;
  const all = [...problems].sort((one, other) => one.offset - other.offset);
  const more = all.length - MOST;
  const named: Problem[] = all.slice(0, MOST).map(({ offset, text }) => {
    const { line, col: column } = lines.linePos(offset);
    const frame = codeFrame(source, { line, column }, shown);
    return { text, place: { from, isFile, line, column, frame } };
  });
  return more > 0 ? [...named, { text: `${from}: ${more} more problems.` }] : named;
}

/** One problem a line: what follows on the same line follows from it. A pasted key or certificate explains all. */
function syntaxProblems(errors: readonly { code: string; pos: [number, number] }[], text: string): Placed[] {
  const pasted = text.indexOf('-----BEGIN');
  if (pasted >= 0) return [{ offset: pasted, text: syntaxProblem('PEM', text, pasted) }];
  const byLine = new Map<number, Placed>();
  for (const { code, pos } of errors) {
    const [offset] = pos;
    const line = text.slice(0, offset).split('\n').length;
    if (!byLine.has(line)) byLine.set(line, { offset, text: syntaxProblem(code, text, offset) });
  }
  return [...byLine.values()];
}

/** Values that are valid YAML, and cannot be meant. */
function valueProblems(document: ReturnType<typeof parseDocument>, showValues: boolean): Placed[] {
  const problems: Placed[] = [];
  visit(document, {
    Map: (_, node) => {
      for (const offset of keysTwice(node))
        problems.push({ offset, text: syntaxProblem('DUPLICATE_KEY', '', 0) });
    },
    Scalar: (key, node) => {
      const offset = node.range?.[0] ?? 0;
      const value = unshielded(node.value);
      const text = key === 'key' ? keyProblem(value) : valueProblem(value, showValues);
      if (text !== undefined) problems.push({ offset, text });
    },
  });
  return problems;
}

/** Where the keys begin that a mapping has already. A merge key (<<) may stand several times. */
function keysTwice({ items }: YAMLMap): number[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key) || key.value === '<<') return [];
    const known = seen.has(key.value);
    seen.add(key.value);
    return known ? [key.range?.[0] ?? 0] : [];
  });
}

function toPlain(
  document: ReturnType<typeof parseDocument>,
  fail: (problems: readonly Placed[]) => InputError,
): unknown {
  try {
    return unshielded(document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    let offset = 0;
    visit(document, {
      Node: (_, node) => {
        if (!isAlias(node)) return undefined;
        offset = node.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    // The library's message quotes the value, which may be a secret.
    const bomb = error instanceof ReferenceError && error.message.startsWith('Excessive alias count');
    const text = bomb
      ? 'aliases (*) stand for too much; write out what they stand for.'
      : 'an alias that nothing defines. A value that begins with * must stand in single quotes.';
    throw fail([{ offset, text }]);
  }
}

/**
 * `${NAME}` may stand unquoted wherever a text may, also in `{ password: ${PW} }`, where YAML would take the brace for
 * a mapping. So its signs are others while YAML is read; they are as long, and places in the text stay what they are.
 */
function shielded(text: string): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, '\uE000\uE001$1\uE002');
}

function unshielded(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\uE000\uE001(\w+)\uE002/g, (_, name) => `\${${name}}`);
  if (Array.isArray(value)) return value.map(unshielded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(unshielded(key)), unshielded(item)]),
  );
}

/** A mapping that knows its keys: any other key is a problem that names the nearest one. */
export function closed<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys' ? JSON.stringify(Object.keys(shape)) : 'must be a mapping',
  });
}

/** All keys that a shape knows, however deep: they are no secrets. */
function keysOf(schema: unknown, keys: Set<string> = new Set(), seen: Set<unknown> = new Set()): Set<string> {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return keys;
  seen.add(schema);
  if (schema instanceof z.ZodObject) for (const key of Object.keys(schema.shape)) keys.add(key);
  if (!(schema instanceof z.ZodType)) for (const inner of Object.values(schema)) keysOf(inner, keys, seen);
  else if (schema instanceof z.ZodObject) keysOf({ ...schema.shape }, keys, seen);
  else keysOf({ ...schema.def }, keys, seen);
  return keys;
}

function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[], key?: string): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const step of key === undefined ? path : [...path, key]) {
    const next = stepInto(node, step);
    if (!next) break;
    node = next.node;
    if (isNode(next.mark)) offset = next.mark.range?.[0] ?? offset;
  }
  return offset;
}

/** The node below, and the one to point at: a mapping's key, a list's item. */
function stepInto(node: unknown, step: PropertyKey): { node: unknown; mark: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(step));
    return pair && { node: pair.value, mark: pair.key };
  }
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return { node: item, mark: item };
  }
  return undefined;
}
