import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import { isList, itemsOf } from './items.ts';

/** An unusable entity of a list: a needed field is missing or wrong. */
export interface Odd {
  /** Its id; undefined where the site gave none. */
  id: string | undefined;
  name: string | undefined;
  /** The run of an execution record. */
  session?: string | undefined;
  /** Which entity, which field, and what is wrong with it. */
  problem: string;
}

/** A list as read: an unusable entity does not spoil the others. */
export interface Listed<T> {
  found: T[];
  odd: Odd[];
}

/** A field that may be missing or null, with its default. */
export function or<T>(schema: z.ZodType<T>, value: NoInfer<T>) {
  return schema.nullish().transform(given => given ?? value);
}

/** A field that may be missing or null. */
export function maybe<T>(schema: z.ZodType<T>) {
  return schema
    .nullish()
    .transform(given => given ?? undefined)
    .optional();
}

/** The id that QRS writes for "none" (docs/qrs.md 3). */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

/** An id in a field that may be missing, null, empty or the zero GUID. */
export function maybeId() {
  return z
    .string()
    .nullish()
    .transform(id => (id === NO_ID || id === '' ? undefined : (id ?? undefined)))
    .optional();
}

/** A reference to another entity; null where there is none, which QRS also writes as a zero GUID. */
export function reference<T>(schema: z.ZodType<T>) {
  return z.preprocess(given => (text(given, 'id') === NO_ID ? null : given), schema.nullish());
}

/** The content of an answer, or what is wrong with its shape. */
export type Shaped<T> = { data: T } | { problem: string };

/** An answer of this shape; an empty one is undefined. Throws SyntaxError. */
export function shapeIn<T>(schema: z.ZodType<T>, json: Buffer): Shaped<T> {
  const answer: unknown = json.length === 0 ? undefined : JSON.parse(json.toString('utf8'));
  const { data, error } = schema.safeParse(answer);
  return error ? { problem: shapeProblem(error, answer) } : { data };
}

/** A list of entities; each is parsed separately, so that a bad one spoils no other. Throws SyntaxError. */
export function listIn<T>(schema: z.ZodType<T>, json: Buffer): Shaped<Listed<T>> {
  if (isList(json)) return { data: each(schema, itemsOf(json)) };
  const other = shapeIn(z.array(z.unknown()), json);
  return 'data' in other ? { data: each(schema, other.data) } : other;
}

function each<T>(schema: z.ZodType<T>, items: Iterable<unknown>): Listed<T> {
  const read: Listed<T> = { found: [], odd: [] };
  for (const item of items) {
    const { data, error } = schema.safeParse(item);
    if (!error) read.found.push(data);
    else if (read.odd.length < MOST_ODD) read.odd.push(oddFrom(item, error));
  }
  return read;
}

/** A list with so many unusable entities is not the expected list; its other entities do not count either. */
const MOST_ODD = 1000;

function oddFrom(item: unknown, error: z.ZodError): Odd {
  return {
    id: text(item, 'id'),
    name: text(item, 'name'),
    session: text(item, 'executionID'),
    problem: shapeProblem(error, item),
  };
}

/** The whole list, where every entity is needed: throws RemoteError about the first unusable one. */
export function allOf<T>({ found, odd }: Listed<T>, qrs: { site: { name: string } }, attempt: string): T[] {
  const [first] = odd;
  if (first) throw unusable(qrs.site.name, attempt, first.problem, true);
  return found;
}

/** The error for an unusable answer. */
export function unusable(site: string, attempt: string, problem: string, final: boolean): RemoteError {
  return new RemoteError({
    site,
    attempt,
    status: 200,
    answer: problem,
    unusable: true,
    mayBeDone: true,
    final,
  });
}

/** Says what is wrong with an answer's shape: which field of which entity, its value, and what is needed. */
export function shapeProblem(error: z.ZodError, answer: unknown): string {
  const [issue] = error.issues;
  const { owner, field, value } = follow(answer, issue?.path ?? []);
  const format = issue && 'format' in issue && issue.format === 'guid' ? 'an id' : undefined;
  const needed = (issue && 'expected' in issue ? NEEDED[String(issue.expected)] : undefined) ?? format;
  return `${owner && `of ${owner}, `}${field ? `"${field}"` : 'it'} ${kindOf(value)}${needed ? `, and ${needed} is needed` : ''}`;
}

/**
 * Names a field: the nearest object around it that has a name or an id, and the path from there. That object may be a
 * tag or an owner, so the entity that it belongs to is named as well.
 */
function follow(answer: unknown, path: readonly PropertyKey[]) {
  let whole = '';
  let nearest = '';
  let value = answer;
  let way: PropertyKey[] = [];
  for (const step of path) {
    const label = labelOf(value);
    way = label ? [step] : [...way, step];
    whole ||= label;
    nearest = label || nearest;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  const owner = nearest === whole ? whole : `${nearest} of ${whole}`;
  return { owner, field: way.filter(step => typeof step === 'string').join('.'), value };
}

const NEEDED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function kindOf(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is null';
  if (Array.isArray(value)) return 'is a list';
  return typeof value === 'string' ? 'is text that does not fit' : `is of the type ${typeof value}`;
}

/** `"Sales" (31ee79a6-…)`, or the part of it that is known. */
function labelOf(value: unknown): string {
  const name = text(value, 'name');
  const id = text(value, 'id');
  return [name === undefined ? '' : `"${name}"`, id === undefined ? '' : name === undefined ? id : `(${id})`]
    .filter(Boolean)
    .join(' ');
}

function text(value: unknown, field: string): string | undefined {
  const held: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof held === 'string' && held !== '' ? held.slice(0, 200) : undefined;
}
