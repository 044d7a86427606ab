import { isMap, isNode, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { z } from 'zod';
import { InputError } from './errors.ts';

/** A YAML text and what to call it in a sentence: the name of an input, or a file. */
export interface YamlText {
  from: string;
  text: string;
}

interface Position {
  line: number;
  col: number;
}

interface Problem extends Position {
  text: string;
}

type Locate = (path: readonly PropertyKey[], key?: string) => Position;

/**
 * Parses YAML into plain values, passed through `prepare`, and checks them against `schema`.
 * Throws InputError with every problem at once, each with line and column. Values are shown only when
 * `showValues` is set: a mapping that may hold credentials is never quoted. `check` finds what a schema cannot say.
 */
export function readYaml<T>(
  schema: z.ZodType<T>,
  { from, text }: YamlText,
  options: {
    showValues: boolean;
    prepare?: (value: unknown) => unknown;
    check?: (value: T) => readonly { path: readonly PropertyKey[]; text: string }[];
  },
): T {
  const lines = new LineCounter();
  const document = parseDocument(shielded(text), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  if (document.errors.length > 0) {
    throw new InputError(
      document.errors.map(error => {
        const { line, col } = lines.linePos(error.pos[0]);
        return `${from}:${line}:${col}: not valid YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}.`;
      }),
    );
  }
  const plain = toPlain(document, from);
  const value = options.prepare ? options.prepare(plain) : plain;
  const result = schema.safeParse(value, { reportInput: true });
  const locate: Locate = (path, key) => lines.linePos(offsetOf(document.contents, path, key));
  const problems = result.success
    ? (options.check?.(result.data) ?? []).map(({ path, text }) => ({ ...locate(path), text }))
    : result.error.issues.flatMap(issue => describe(issue, [], locate, options.showValues));
  if (result.success && problems.length === 0) return result.data;
  problems.sort((one, other) => one.line - other.line || one.col - other.col);
  throw new InputError(problems.map(({ line, col, text }) => `${from}:${line}:${col}: ${text}`));
}

function toPlain(document: ReturnType<typeof parseDocument>, from: string): unknown {
  try {
    return unshielded(document.toJS());
  } catch {
    // The library's message quotes the value, which may be a secret.
    throw new InputError(
      `${from}: not valid YAML: an alias that nothing defines; quote a value that begins with *.`,
    );
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

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, above: PropertyKey[], locate: Locate, show: boolean): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch) return branch.flatMap(inner => describe(inner, path, locate, show));
  }
  if (issue.code === 'unrecognized_keys') {
    const allowed: unknown = JSON.parse(issue.message);
    const names = Array.isArray(allowed) ? allowed.map(String) : [];
    const isBare = (key: string) => !show && hasNoValue(issue.input, key);
    return issue.keys.map(key => ({ ...locate(path, key), text: unknownKey(key, names, isBare(key)) }));
  }
  const name = path.length === 0 ? 'This' : `"${path.map(String).join('.')}"`;
  return [{ ...locate(path), text: `${name} ${expectation(issue)}${found(issue, show)}.` }];
}

/** The branch of a union that the writer most likely meant: one that fails deeper than at its own root. */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find(issues =>
    issues.every(issue => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values.map(String))}`;
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'is missing';
    return issue.message.startsWith('Invalid input') ? `must be ${a(issue.expected)}` : issue.message;
  }
  return issue.message;
}

function found(issue: Issue, show: boolean): string {
  const input = issue.input;
  if (!show || input === undefined) return '';
  if (input === null) return '; it is empty';
  // Somebody may have put a secret in the wrong place, and a part of one would slip through the runner's mask.
  if (typeof input === 'string' && (input.includes('-----BEGIN') || input.length > 200)) return '';
  if (typeof input === 'object') return Array.isArray(input) ? '; found a list' : '; found a mapping';
  return `; found ${JSON.stringify(input).slice(0, 80)}`;
}

function a(type: string): string {
  const words: Record<string, string> = {
    array: 'a list',
    object: 'a mapping',
    string: 'text',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

function oneOf(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function hasNoValue(mapping: unknown, key: string): boolean {
  return (
    typeof mapping === 'object' && Object.entries(mapping ?? {}).some(([k, v]) => k === key && v === null)
  );
}

/** A longer one was hardly meant to be a key. */
const LONGEST_KEY = 40;

/** `bare`: it may be the rest of a secret. In `{ password: ab,cd }` the comma ends the password, and `cd` is a key. */
function unknownKey(key: string, allowed: readonly string[], bare: boolean): string {
  const near = nearest(key, allowed);
  if (bare && !near) return 'a key without a value; quote the value before it if it has a comma.';
  if (key.length > LONGEST_KEY) return `unknown key. Allowed: ${allowed.join(', ')}.`;
  const meant = near ? ` Did you mean "${near}"?` : '';
  return `unknown key "${key}".${meant} Allowed: ${allowed.join(', ')}.`;
}

/** The allowed word that takes the fewest changes to reach, if they are few. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const [best] = ranked(word, allowed);
  if (!best || best.cost >= Math.min(word.length, best.candidate.length)) return undefined;
  return best.cost <= Math.max(2, best.candidate.length / 3) ? best.candidate : undefined;
}

/** The few allowed words that are most like this one, for a list of what may have been meant. */
export function likely(word: string, allowed: readonly string[], few = 5): string[] {
  return ranked(word, [...new Set(allowed)])
    .slice(0, few)
    .map(({ candidate }) => candidate);
}

function ranked(word: string, allowed: readonly string[]): { candidate: string; cost: number }[] {
  return allowed
    .map(candidate => ({ candidate, cost: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.cost - other.cost);
}

/** Letters to add, take away, change, or swap with their neighbour: what fingers do. */
function distance(one: string, other: string): number {
  const letters = [...one];
  const against = [...other];
  let above: number[] = [];
  let row = Array.from({ length: against.length + 1 }, (_, index) => index);
  for (const [i, letter] of letters.entries()) {
    const next = [i + 1];
    for (const [j, wanted] of against.entries()) {
      const swapped = i > 0 && j > 0 && letter === against[j - 1] && letters[i - 1] === wanted;
      next.push(
        Math.min(
          (row[j] ?? 0) + (letter === wanted ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
          swapped ? (above[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    above = row;
    row = next;
  }
  return row.at(-1) ?? 0;
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
    const pair = node.items.find(item => isNode(item.key) && String(item.key) === String(step));
    return pair && { node: pair.value, mark: pair.key };
  }
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return { node: item, mark: item };
  }
  return undefined;
}
