import { isEnum } from '../site/enums.ts';
import type { Token } from './filter-tokens.ts';
import { readEnum, tokenise } from './filter-tokens.ts';
import type { PropertyType, Shape } from './shapes.ts';

const orderings = ['gt', 'ge', 'lt', 'le'] as const;
const substrings = ['sw', 'ew', 'so'] as const;
const operators = ['eq', 'ne', ...orderings, ...substrings] as const;

type Operator = (typeof operators)[number];
type Value = string | number | boolean;

interface Comparison {
  readonly path: readonly string[];
  readonly type: PropertyType;
  readonly operator: Operator;
  readonly value: Value;
}

export type Tree = Comparison | { readonly join: 'and' | 'or'; readonly left: Tree; readonly right: Tree };

export class FilterError extends Error {}

/** Parses a filter on entities of this shape. Throws a FilterError with the words of QRS (docs/qrs.md 3). */
export function parseFilter(text: string, shape: Shape): Tree {
  const unparsable = () => new FilterError(`Cannot parse the expression: ${text}`);
  const tokens = tokenise(text);
  if (!tokens) throw unparsable();
  let position = 0;
  const peek = () => tokens[position];
  const next = () => tokens[position++];

  // Equal precedence, bound to the right: `a and b or c` is `a and (b or c)`. QRS surprises the same way, so
  // a client has to write parentheses (docs/qrs.md 3).
  function expression(): Tree {
    const left = term();
    const join = peek()?.text.toLowerCase();
    if (peek()?.kind !== 'word' || (join !== 'and' && join !== 'or')) return left;
    next();
    return { join, left, right: expression() };
  }

  function term(): Tree {
    if (peek()?.kind !== 'open') return comparison();
    next();
    if (peek()?.kind === 'close') throw new FilterError('Invalid expression');
    const inner = expression();
    if (next()?.kind !== 'close') throw unparsable();
    return inner;
  }

  function comparison(): Tree {
    const [property, word, literal] = [next(), next(), next()];
    if (property?.kind !== 'word' || word?.kind !== 'word' || !literal) throw unparsable();
    const found = resolve(property.text, shape);
    const operator = operators.find(name => name === word.text.toLowerCase());
    if (!found || !operator || !allowed(operator, found.type)) throw unparsable();
    const value = readValue(literal, found.type);
    if (value === undefined) throw unparsable();
    return { ...found, operator, value };
  }

  const tree = expression();
  if (position < tokens.length) throw unparsable();
  return tree;
}

/** The property's path in its right spelling, and its type; names are case-insensitive. */
export function resolve(property: string, shape: Shape) {
  const path: string[] = [];
  let level: Shape | PropertyType = shape;
  for (const part of property.split('.')) {
    if (typeof level === 'string') return undefined;
    const name: string | undefined = Object.keys(level).find(key => key.toLowerCase() === part.toLowerCase());
    const below: Shape | PropertyType | undefined = name === undefined ? undefined : level[name];
    if (name === undefined || below === undefined) return undefined;
    path.push(name);
    level = below;
  }
  return typeof level === 'string' ? { path, type: level } : undefined;
}

function allowed(operator: Operator, type: PropertyType): boolean {
  if (orderings.some(name => name === operator)) return type === 'number' || type === 'date' || isEnum(type);
  if (substrings.some(name => name === operator)) return type === 'string';
  return true;
}

function readValue(token: Token, type: PropertyType): Value | undefined {
  const { kind, text } = token;
  switch (type) {
    case 'string':
      return kind === 'string' ? text : undefined;
    case 'guid':
      return kind === 'string' || kind === 'word' ? text.toLowerCase() : undefined;
    case 'boolean':
      return kind === 'word' && /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined;
    case 'number':
      return kind === 'word' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
    case 'date':
      return kind === 'string' ? readDate(text) : undefined;
    default:
      return readEnum(type, token);
  }
}

/** Milliseconds; a date without a zone is UTC, like all dates of QRS. */
function readDate(text: string): number | undefined {
  const [, day, time = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:\d\d)?$/i.exec(text) ?? [];
  const at = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

export interface MatchOptions {
  readonly eqIgnoresCase?: boolean;
}

/** Whether the entity, as QRS would answer it in full, meets the filter. */
export function matches(tree: Tree, entity: object, options: MatchOptions = {}): boolean {
  if ('join' in tree) {
    const left = matches(tree.left, entity, options);
    if (tree.join === 'and') return left && matches(tree.right, entity, options);
    return left || matches(tree.right, entity, options);
  }
  // One matching element of a list is enough, and each comparison may match another one: two on customProperties
  // are not tied to one row (docs/qrs.md 3).
  return valuesAt(entity, tree.path).some(value => compare(value, tree, options));
}

/** `at`: the path steps already taken. A filter of a hundred conditions calls this a hundred times per entity. */
export function valuesAt(value: unknown, path: readonly string[], at = 0): unknown[] {
  if (Array.isArray(value)) return value.flatMap(element => valuesAt(element, path, at));
  const name = path[at];
  if (name === undefined) return value === null || value === undefined ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt(Reflect.get(value, name), path, at + 1);
}

function compare(actual: unknown, { type, operator, value }: Comparison, options: MatchOptions): boolean {
  if (type === 'date') return order(Date.parse(String(actual)), operator, value);
  if (type === 'number' || isEnum(type)) return order(Number(actual), operator, value);
  if (type === 'guid') return order(String(actual).toLowerCase(), operator, value);
  if (type === 'boolean') return order(actual === true, operator, value);
  return compareText(String(actual), operator, String(value), options);
}

function order(actual: Value, operator: Operator, value: Value): boolean {
  switch (operator) {
    case 'eq':
      return actual === value;
    case 'ne':
      return actual !== value;
    case 'gt':
      return actual > value;
    case 'ge':
      return actual >= value;
    case 'lt':
      return actual < value;
    case 'le':
      return actual <= value;
    default:
      return false;
  }
}

function compareText(actual: string, operator: Operator, value: string, options: MatchOptions): boolean {
  const isPart = substrings.some(name => name === operator);
  if (!isPart && !options.eqIgnoresCase) return order(actual, operator, value);
  const [text, part] = [actual.toLowerCase(), value.toLowerCase()];
  switch (operator) {
    case 'sw':
      return text.startsWith(part);
    case 'ew':
      return text.endsWith(part);
    case 'so':
      return text.includes(part);
    default:
      return order(text, operator, part);
  }
}
