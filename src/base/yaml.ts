import { isMap, isNode, isSeq, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { InputError } from './errors.ts';
import { describe, type Locate, MOST } from './yaml-problems.ts';

/** A YAML text and what to call it in a sentence: the name of an input, or a file. */
export interface YamlText {
  from: string;
  text: string;
}

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
    // The library compares each key with each: 20,000 of them take half a minute.
    uniqueKeys: false,
  });
  const broken = [
    ...document.errors.map(({ code, pos }) => ({ code, at: pos[0] })),
    ...repeatedKeys(document),
  ];
  if (broken.length > 0) {
    throw new InputError(
      broken.slice(0, MOST).map(({ code, at }) => {
        const { line, col } = lines.linePos(at);
        return `${from}:${line}:${col}: not valid YAML: ${code.toLowerCase().replaceAll('_', ' ')}.`;
      }),
    );
  }
  const plain = toPlain(document, from);
  const value = options.prepare ? options.prepare(plain) : plain;
  const result = schema.safeParse(value, { reportInput: true });
  const locate: Locate = (path, key) => lines.linePos(offsetOf(document.contents, path, key));
  const problems = result.success
    ? (options.check?.(result.data) ?? []).map(({ path, text }) => ({ ...locate(path), text }))
    : result.error.issues.slice(0, MOST).flatMap(issue => describe(issue, [], locate, options.showValues));
  if (result.success && problems.length === 0) return result.data;
  problems.sort((one, other) => one.line - other.line || one.col - other.col);
  const told = problems.slice(0, MOST).map(({ line, col, text }) => `${from}:${line}:${col}: ${text}`);
  const rest = (result.success ? problems : result.error.issues).length - MOST;
  throw new InputError(rest > 0 ? [...told, `${from}: ${rest} more problems.`] : told);
}

function repeatedKeys(document: ReturnType<typeof parseDocument>): { code: string; at: number }[] {
  const repeated: { code: string; at: number }[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = String(key);
        if (seen.has(name) && isNode(key)) repeated.push({ code: 'duplicate key', at: key.range?.[0] ?? 0 });
        seen.add(name);
      }
    },
  });
  return repeated;
}

function toPlain(document: ReturnType<typeof parseDocument>, from: string): unknown {
  try {
    return unshielded(document.toJS());
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Excessive alias count')) {
      throw new InputError(`${from}: aliases of aliases make it too large: write it out.`);
    }
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
