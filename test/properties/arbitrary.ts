import fc from 'fast-check';

/** Any text that a site may have as a name, with what is special in filters, YAML, file names and Markdown. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'\'"\\()%&#?*/:<>|$;{}[]-_. \t', 'and', ' or ', ' eq ', '..', '\n', 'ß', '😀'),
  }),
);

/** A document and its mutations: any value in it may be any other, and any key may be another. */
export function mutated(document: unknown): fc.Arbitrary<unknown> {
  const paths = [...pathsIn(document)];
  const change = fc.record({ path: fc.constantFrom(...paths), value: anyValue(), drop: fc.boolean() });
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map(changes =>
      changes.reduce((all, { path, value, drop }) => put(all, path, drop ? undefined : value), document),
    );
}

const anyValue = () =>
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    anyName,
    fc.constantFrom(
      '${HOME}',
      '${UNSET_ANYWHERE}',
      '2h',
      '-1',
      '0',
      'true',
      '__proto__',
      'constructor',
      'https://x',
      1e308,
    ),
  );

type Path = readonly (string | number)[];

function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* pathsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function put(whole: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.map((one, index) => (index === key ? put(one, rest, value) : one));
  if (typeof whole !== 'object' || whole === null) return whole;
  return Object.fromEntries(
    Object.entries(whole).map(([name, one]) => [name, name === key ? put(one, rest, value) : one]),
  );
}
