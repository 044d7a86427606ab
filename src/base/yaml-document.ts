import { isAlias, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { keyProblem, syntaxProblem, valueProblem } from './yaml-mistakes.ts';
import { type Places, placesIn } from './yaml-places.ts';

/** A problem's sentence and its place: an offset into the YAML text. */
export interface Placed {
  offset: number;
  text: string;
}

/** A YAML text as plain values, as far as it can be parsed. */
export interface Parsed {
  /** Undefined where the text is not YAML. */
  plain: { value: unknown; places: Places } | undefined;
  problems: readonly Placed[];
  lines: LineCounter;
}

type Document = ReturnType<typeof parseDocument>;

/** Parses a text. Finds invalid YAML, and valid YAML that nobody can have meant. Pure. */
export function parseYaml(text: string, showValues: boolean): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(shielded(text), {
    lineCounter: lines,
    prettyErrors: false,
    // The library compares each key with each other one; keysTwice does so in linear time.
    uniqueKeys: false,
    merge: true,
  });
  const broken = (problems: readonly Placed[]): Parsed => ({ plain: undefined, problems, lines });
  if (text.includes('\0')) return broken([{ offset: 0, text: 'the text is UTF-16. Save it as UTF-8.' }]);
  const wrong = syntaxProblems(document.errors, text, lines);
  // After a wrong escape the library still yields a text, and reads the rest of the document.
  if (!document.errors.every(({ code }) => code === 'BAD_DQ_ESCAPE')) return broken(wrong);
  try {
    const value = unshielded(document.toJS({ maxAliasCount: 100 }));
    const places = placesIn(document.contents);
    return { plain: { value, places }, problems: [...wrong, ...valueProblems(document, showValues)], lines };
  } catch (error) {
    return broken([aliasProblem(document, error)]);
  }
}

/** Keeps one problem a line: later ones on the line follow from it. A pasted key or certificate explains all. */
function syntaxProblems(
  errors: readonly { code: string; pos: [number, number] }[],
  text: string,
  lines: LineCounter,
): Placed[] {
  const pasted = text.indexOf('-----BEGIN');
  if (errors.length > 0 && pasted >= 0) return [{ offset: pasted, text: syntaxProblem('PEM', text, pasted) }];
  const byLine = new Map<number, Placed>();
  for (const { code, pos } of errors) {
    const [offset] = pos;
    const { line } = lines.linePos(offset);
    if (!byLine.has(line)) byLine.set(line, { offset, text: syntaxProblem(code, text, offset) });
  }
  return [...byLine.values()];
}

/** Finds values that are valid YAML, but that nobody can have meant. */
function valueProblems(document: Document, showValues: boolean): Placed[] {
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

/** The offsets of repeated keys. A merge key (<<) may appear several times. */
function keysTwice({ items }: YAMLMap): number[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key) || key.value === '<<') return [];
    const known = seen.has(key.value);
    seen.add(key.value);
    return known ? [key.range?.[0] ?? 0] : [];
  });
}

/** The library's own message quotes the value, which may be a secret. */
function aliasProblem(document: Document, error: unknown): Placed {
  let offset = 0;
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  const bomb = error instanceof ReferenceError && error.message.startsWith('Excessive alias count');
  const text = bomb
    ? 'aliases (*) stand for too much; write out what they stand for.'
    : 'an alias that nothing defines. A value that begins with * must be in single quotes.';
  return { offset, text };
}

/**
 * Users may write `${NAME}` unquoted wherever a text may be, also in `{ password: ${PW} }`, where YAML would read the
 * brace as a mapping. So other characters replace its braces while YAML is parsed. The length stays the same, and so
 * do all places in the text.
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
