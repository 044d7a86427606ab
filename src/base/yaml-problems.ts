import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { quoted } from './quoted.ts';

export interface Position {
  line: number;
  col: number;
}

export interface Problem extends Position {
  text: string;
}

export type Locate = (path: readonly PropertyKey[], key?: string) => Position;

type Issue = z.core.$ZodIssue;

/** More problems of one text are counted, not told. */
export const MOST = 50;
/** So many unknown keys of one mapping are told. */
const MOST_KEYS = 20;

export function describe(issue: Issue, above: PropertyKey[], locate: Locate, show: boolean): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch) return branch.flatMap(inner => describe(inner, path, locate, show));
  }
  if (issue.code === 'unrecognized_keys') {
    const allowed: unknown = JSON.parse(issue.message);
    const names = Array.isArray(allowed) ? allowed.map(String) : [];
    const isBare = (key: string) => !show && hasNoValue(issue.input, key);
    const told = issue.keys
      .slice(0, MOST_KEYS)
      .map(key => ({ ...locate(path, key), text: unknownKey(key, names, isBare(key)) }));
    const rest = issue.keys.length - told.length;
    return rest === 0 ? told : [...told, { ...locate(path), text: `${rest} more unknown keys.` }];
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
  if (typeof input === 'object') return Array.isArray(input) ? '; found a list' : '; found a mapping';
  return `; found ${typeof input === 'string' ? quoted(input) : String(input)}`;
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

/** `bare`: it may be the rest of a secret. In `{ password: ab,cd }` the comma ends the password, and `cd` is a key. */
function unknownKey(key: string, allowed: readonly string[], bare: boolean): string {
  const near = nearest(key, allowed);
  if (bare && !near) return 'a key without a value; quote the value before it if it has a comma.';
  if (quoted(key) !== JSON.stringify(key)) return `unknown key. Allowed: ${allowed.join(', ')}.`;
  const meant = near ? ` Did you mean "${near}"?` : '';
  return `unknown key "${key}".${meant} Allowed: ${allowed.join(', ')}.`;
}
