import type { Statement } from './sql.ts';

/** A statement as PostgreSQL's driver takes it. */
interface Prepared {
  /** By this name each connection keeps it. */
  name?: string;
  text: string;
  values: (string | number | null)[];
}

/** Statements that are kept at most, and their characters: what is longer has a list in it, and does not come again. */
const KEPT = 100;
const LENGTH = 2_000;

/**
 * Makes queries of statements. To parse a statement, and to plan it, costs PostgreSQL more than to do it. So each
 * connection keeps those that come again and again: parsed, and planned where `keptPlans` says so.
 */
export function preparedStatements() {
  const queries = new Map<string, Omit<Prepared, 'values'>>();
  let names = 0;

  function queryFor(text: string): Omit<Prepared, 'values'> {
    const known = queries.get(text);
    if (known) return known;
    const query = { text: numbered(text) };
    if (queries.size === KEPT || text.length > LENGTH) return query;
    names += 1;
    const named = { ...query, name: `relay_${names}` };
    queries.set(text, named);
    return named;
  }

  return {
    queryOf: ({ text, values }: Statement): Prepared => ({ ...queryFor(text), values: values.map(storable) }),
    /** What is kept is of no use any more: a newer relay has changed the tables. */
    forget: () => queries.clear(),
  };
}

/** PostgreSQL numbers the places of values. No text of the store has another `?`. */
function numbered(text: string): string {
  let number = 0;
  return text.replaceAll('?', () => {
    number += 1;
    return `$${number}`;
  });
}

/** PostgreSQL keeps no text with a NUL in it. */
function storable(value: string | number | null): string | number | null {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}
