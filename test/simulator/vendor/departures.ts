/** Where the wire, and so the simulator, differs from the vendor's description, and how that is known. */
interface Departure {
  readonly kind: 'wrapped' | 'null' | 'any value' | 'not described' | 'empty body' | 'in full';
  /** `Type.property`, or the beginning of a path; absent: everywhere. */
  readonly where?: string;
  readonly what: string;
  readonly source: string;
}

const departures: readonly Departure[] = [
  {
    kind: 'wrapped',
    what: 'a bare string, number or boolean is wrapped: {"value": 2}',
    source: 'docs/qrs.md 1: eight public clients read it so',
  },
  {
    kind: 'null',
    what: 'a reference to another entity, and privileges, may be null',
    source: 'docs/qrs.md 4.7: the vendor\'s sample of an uploaded app has "stream": null, "privileges": null',
  },
  {
    kind: 'any value',
    where: 'Table.rows',
    what: 'the cells of a table are called objects, and are strings, numbers, booleans or null',
    source: 'docs/qrs.md 1: client: repo-api makes objects of them by column',
  },
  {
    kind: 'not described',
    where: '/tempcontent/',
    what: 'the file of an export',
    source: 'docs/qrs.md 4.1: documented: App: Export app',
  },
  {
    kind: 'in full',
    where: 'ReloadTaskBundle.task',
    what: 'the task to create is called a condensed one, and has an app, tags and properties',
    source: 'docs/qrs.md 5.1, 5.2: documented: Reload task: Create',
  },
  {
    kind: 'in full',
    where: 'ReloadTaskChange.task',
    what: 'the task to update is called a condensed one, and is sent whole',
    source: 'docs/qrs.md 5.6: client: Qlik-Cli, ctrl-q',
  },
  ...['ReloadTaskBundle', 'ReloadTaskChange'].flatMap(bundle =>
    ['schemaEvents', 'compositeEvents'].map(list => ({
      kind: 'in full' as const,
      where: `${bundle}.${list}`,
      what: 'the triggers are called condensed ones, and have dates, increments and rules',
      source: 'docs/qrs.md 5.6: client: ctrl-q, Qlik-Cli, a public Python client',
    })),
  ),
  ...['startDate', 'expirationDate'].map(date => ({
    kind: 'any value' as const,
    where: `SchemaEvent.${date}`,
    what: 'a date without a Z goes with the time zone of the schedule',
    source: 'docs/qrs.md 5.6: client: ctrl-q, a public Python client',
  })),
  {
    kind: 'empty body',
    where: '{}',
    what: 'a call that needs no body takes an empty object',
    source: 'docs/qrs.md 1: client: repo-api, promoter, airflow',
  },
];

/** Whether the wire departs from the description so, there. */
export const departs = (kind: Departure['kind'], where?: string) =>
  departures.some(
    one => one.kind === kind && (one.where === undefined || (where?.startsWith(one.where) ?? false)),
  );
