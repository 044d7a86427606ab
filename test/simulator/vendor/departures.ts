/** Where the wire, and so the simulator, differs from the vendor's description, and how that is known. */
interface Departure {
  readonly what: string;
  readonly source: string;
}

/** `GET /app/count` is described as a number, and answers `{"value": 2}`. */
export const wrappedScalars: Departure = {
  what: 'a bare string, number or boolean is wrapped in an object with the property "value"',
  source: 'docs/qrs.md 1: eight public clients read it so',
};

/** The description has no word for null. */
export const nulls: Departure = {
  what: 'a reference to another entity, and privileges, may be null',
  source: 'docs/qrs.md 4.7: the vendor\'s sample of an uploaded app has "stream": null, "privileges": null',
};

/** Calls that the description lacks, as `METHOD /path` below /qrs. */
export const notDescribed: Readonly<Record<string, Departure>> = {
  'GET /task/{id}': {
    what: 'a task of any type; the switch taskById',
    source: 'docs/qrs.md 9: client: repo-api',
  },
};

/** Properties that the description names and the wire, as far as anybody has shown it, does not have: `Type.property`. */
export const absent: Readonly<Record<string, Departure>> = {};

/** Where the description says "object" and means any value: `Type.property`. */
export const anyValue: Readonly<Record<string, Departure>> = {
  'Table.rows': {
    what: 'the cells of a table are strings, numbers, booleans or null',
    source: 'docs/qrs.md 1: client: repo-api makes objects of them by column',
  },
};
