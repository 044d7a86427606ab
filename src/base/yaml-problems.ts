import type { z } from 'zod';
import { isMapping } from './json.ts';
import { nearest } from './nearest.ts';
import { quoted, shownValue } from './quoted.ts';
import { BACKSLASH } from './yaml-mistakes.ts';

/** A problem with a value: a sentence, and the value's path. */
export interface Found {
  path: readonly PropertyKey[];
  /** The key of the mapping at `path` that the problem is about. */
  key?: string;
  /** Other places that have the same problem. */
  also?: readonly (readonly PropertyKey[])[];
  text: string;
}

type Issue = z.core.$ZodIssue;

/** How to word problems. */
interface Telling {
  /** Whether messages may show values. */
  show: boolean;
  /** The keys of nested mappings, each with the key of its mapping. */
  homes: ReadonlyMap<string, string>;
}

/** The most unknown keys of one mapping to name; the others are counted. */
const NAMED = 20;

/** Sentences for an issue of the schema. `root` is the value that was read. Pure. */
export function describe(
  issue: Issue,
  root: unknown,
  telling: Telling,
  above: readonly PropertyKey[] = [],
): Found[] {
  const { show } = telling;
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch) return branch.flatMap(inner => describe(inner, root, telling, path));
  }
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, telling);
  return [{ path, text: `${nameOf(path, root, show)} ${expectation(issue)}${found(issue, show)}.` }];
}

function unknownKeys(
  { keys, message, input }: z.core.$ZodIssueUnrecognizedKeys,
  path: readonly PropertyKey[],
  { show, homes }: Telling,
): Found[] {
  const allowed: unknown = JSON.parse(message);
  const names = Array.isArray(allowed) ? allowed.map(String) : [];
  const problems = keys.slice(0, NAMED).map(key => {
    const bare = !show && hasNoValue(input, key);
    return { path, key, text: unknownKey(key, names, bare, homes) };
  });
  const more = keys.length - problems.length;
  return more > 0 ? [...problems, { path, text: `${more} more unknown keys are here.` }] : problems;
}

/** Names a value: its keys, and for a list entry its `name` or its number from 1. Pure. */
function nameOf(path: readonly PropertyKey[], root: unknown, show: boolean): string {
  if (path.length === 0) return 'This';
  if (!path.some(step => typeof step === 'number')) return `"${path.map(String).join('.')}"`;
  let value = root;
  let name = '';
  for (const step of path) {
    value = valueAt(value, step);
    if (typeof step === 'number') name += ` ${entryName(value, step, show)}:`;
    else name += name === '' ? `${String(step)}:` : ` ${String(step)}:`;
  }
  return `${name.replace(/:( entry \d+)/, '$1').replace(/:$/, '')}`;
}

/** The value of a key, or the entry of a list; undefined where there is none. */
export function valueAt(value: unknown, step: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}

const TITLES = ['site', 'name', 'id', 'task'];

function entryName(entry: unknown, index: number, show: boolean): string {
  for (const key of show ? TITLES : ['name']) {
    const title = typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined;
    const shown = typeof title === 'string' ? shownValue(title) : '';
    if (shown !== '' && shown !== '…') return `${key} "${shown}"`;
  }
  return `entry ${index + 1}`;
}

/**
 * The branch of a union that the writer most likely meant: it fails deeper than at its root, and knows some of the
 * keys.
 */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find(issues => issues.every(issue => issue.path.length > 0 || knowsSome(issue)));
}

function knowsSome(issue: Issue): boolean {
  if (issue.code !== 'unrecognized_keys') return false;
  const nearKey = (key: string) => nearest(key, JSON.parse(issue.message)) !== undefined;
  return (
    issue.keys.length < Object.keys(Object(issue.input)).length || issue.keys.slice(0, NAMED).some(nearKey)
  );
}

function expectation(issue: Issue): string {
  const said = issue.message.startsWith('Invalid input') ? undefined : issue.message;
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values.map(String))}`;
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_union')) {
    return said === undefined || said.startsWith('must be a mapping,')
      ? 'is missing'
      : `is missing: it ${said}`;
  }
  if (issue.code === 'invalid_type') {
    const isPlain = issue.expected === 'string' && /^(number|boolean|bigint)$/.test(typeof issue.input);
    return said ?? `must be ${a(issue.expected)}${isPlain ? ', in quotes' : ''}`;
  }
  return issue.message;
}

function found(issue: Issue, show: boolean): string {
  const { input } = issue;
  if (input === undefined || (issue.code === 'custom' && typeof input === 'object')) return '';
  const dash = wantsList(issue) && isMapping(input) ? '. Begin each entry with a dash' : '';
  if (!show) return dash;
  if (input === null) return '; it is empty';
  if (isMapping(input)) {
    const [key = ''] = Object.keys(input);
    const example = dash !== '' && /^[a-z-]+$/.test(key) ? `, as in "- ${key}: …"` : '';
    return `; found a mapping${dash}${example}`;
  }
  if (Array.isArray(input)) return '; found a list';
  if (typeof input !== 'string') return `; found ${JSON.stringify(input)}`;
  if (/\p{Cc}/u.test(input)) return `; ${BACKSLASH}`;
  return `; found ${quoted(input)}`;
}

function wantsList(issue: Issue): boolean {
  if (issue.code !== 'invalid_union') return issue.code === 'invalid_type' && issue.expected === 'array';
  const types = issue.errors.flat().map(one => (one.code === 'invalid_type' ? one.expected : one.code));
  return types.includes('array') && !types.includes('string');
}

function a(type: string): string {
  const words: Record<string, string> = {
    array: 'a list, with a dash before each entry',
    object: 'a mapping',
    string: 'text',
    boolean: 'true or false',
    int: 'a whole number',
  };
  return words[type] ?? `a ${type}`;
}

function oneOf(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function hasNoValue(mapping: unknown, key: string): boolean {
  return typeof mapping === 'object' && mapping !== null && Reflect.get(mapping, key) === null;
}

/**
 * `bare`: the key may be the rest of a secret. In `{ password: ab,cd }` the comma ends the value, and `cd` is a key.
 */
function unknownKey(
  key: string,
  allowed: readonly string[],
  bare: boolean,
  homes: ReadonlyMap<string, string>,
): string {
  const near = nearKey(key, allowed, bare ? new Map() : homes);
  if (bare && !near) return 'a key without a value; quote the value before it if it has a comma.';
  if (key.startsWith('-') && allowed.includes(key.slice(1))) {
    return `the dash of a list needs a space after it: "- ${key.slice(1)}: …".`;
  }
  if (quoted(key) !== JSON.stringify(key)) return `unknown key. Allowed: ${allowed.join(', ')}.`;
  const home = near === undefined || allowed.includes(near) ? undefined : homes.get(near);
  return `unknown key "${key}".${meant(key, near, home)} Allowed: ${allowed.join(', ')}.`;
}

/** The key that the user probably meant: one of this mapping, unless another mapping has exactly this key. */
function nearKey(key: string, allowed: readonly string[], homes: ReadonlyMap<string, string>) {
  return homes.has(key) ? key : (nearest(key, allowed) ?? nearest(key, [...homes.keys()]));
}

/** `home`: the key of the mapping in which the suggested key belongs; undefined for the current mapping. */
function meant(key: string, near: string | undefined, home: string | undefined): string {
  if (near === undefined) return '';
  if (near === key) return ` It belongs into "${home}".`;
  return ` Did you mean "${near}"${home === undefined ? '' : `, which belongs into "${home}"`}?`;
}
