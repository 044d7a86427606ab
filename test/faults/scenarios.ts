import type { Way } from '../ways-in.ts';
import { backedUp, inReload, named, publishRefused } from './prepare.ts';
import type { SiteName, Sites, World } from './world.ts';

/** A place that is to have the app in the end. */
export interface Want {
  readonly site: SiteName;
  readonly stream: string;
  readonly name: string;
}

/** What is asked of which sites, and what it comes to when nothing fails. All of it is from docs/, not from the code. */
export interface Scenario {
  readonly name: string;
  readonly asks: 'promote' | 'reload';
  /** The spec or the request. Words in capitals stand for what `World.words` says. */
  readonly text: string;
  readonly sites: Sites;
  readonly way?: Way;
  /** What else is so before the run. It can give the version to be brought, where that is not the source app's. */
  readonly prepare?: (world: World) => Promise<string | undefined>;
  /** The outcome of the run without another fault. */
  readonly clean: string;
  readonly wants?: readonly Want[];
  /** Each wanted place gets one more app, and keeps what it has. */
  readonly adds?: true;
  /** What becomes of the source app beside the tag. */
  readonly source?: 'is untagged' | 'loses properties' | 'leaves its stream';
  readonly tag?: string | undefined;
  /** Streams that the run may make. */
  readonly makes?: readonly string[];
  /** Whether a replaced app gets other tags, properties or another owner. */
  readonly attributes?: true;
  /** Whether the app goes live without data. */
  readonly withoutData?: true;
  /** Whether the app is reloaded on its target. */
  readonly reloads?: true;
  /** The name of the reload task that the app of each wanted place gets. */
  readonly taskOfEach?: string;
  /** The reload that a request asks for. */
  readonly task?: { readonly ends: 'FinishedSuccess' | 'FinishedFail'; readonly log: boolean };
}

const bystanders = [
  { name: 'Stock', stream: 'Other', size: '10 KB', description: 'Nobody asked for this' },
  { name: 'Demo Build', stream: 'Other', size: '11 KB' },
  { name: 'Demo Build', size: '12 KB' },
];

const old = { name: 'Demo Build', size: '18 KB', description: 'The old one', owner: 'COMPANY\\anna' };

const PROPERTIES = {
  ToServer: ['Test - Overwrite'],
  ToStream: ['Everyone', 'Review'],
  Area: ['North'],
  Approval: ['Approve'],
};

type Asks = Readonly<Record<string, string[]>>;

const dev = (properties: Asks = {}, tags: string[] = []) => ({
  streams: ['Build', 'Other', 'Live'],
  tags: ['Promoted', 'mine'],
  users: ['COMPANY\\anna'],
  customProperties: PROPERTIES,
  apps: [
    {
      name: 'Demo Build',
      stream: 'Build',
      size: '20 KB',
      owner: 'COMPANY\\anna',
      description: 'Made on dev',
      tags: ['mine', ...tags],
      properties: { Area: ['North'], ...properties },
    },
    ...bystanders,
  ],
});

/** A target that has the app in these streams. */
const target = (...streams: string[]) => ({
  streams: ['Everyone', 'Review', 'Third', 'Other'],
  tags: ['mine'],
  users: ['COMPANY\\anna'],
  customProperties: { Area: ['North', 'South'] },
  apps: [...streams.map(stream => ({ ...old, stream, tags: ['mine'] })), ...bystanders],
});

const on = (site: SiteName, ...streams: string[]): Want[] =>
  streams.map(stream => ({ site, stream, name: 'Demo Build' }));

const NAMED = '9c5edb29-0000-4000-8000-000000000001';

const APP = 'from: dev\napps: [{ name: Demo Build, stream: Build }]\n';

const small: Pick<Scenario, 'asks' | 'text' | 'sites' | 'clean' | 'wants' | 'tag'> = {
  asks: 'promote',
  text: `${APP}to: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: Promoted }`,
  sites: { dev: dev(), test: target('Everyone') },
  clean: 'promoted',
  wants: on('test', 'Everyone', 'Review'),
  tag: 'Promoted',
};

const nightly = (ends: 'FinishedSuccess' | 'FinishedFail') => ({
  name: 'Nightly',
  app: 'Stock',
  last: { ago: '1h' },
  runs: [
    { takes: '5s', ends, ...(ends === 'FinishedFail' ? { log: 'Error: Field not found - <Amount>' } : {}) },
  ],
});

export const SCENARIOS: readonly Scenario[] = [
  {
    ...small,
    name: 'overwrite: a match, a new stream and a missing one',
    text: `${APP}to: [{ site: test, streams: [Everyone, Review, Nowhere] }]\ndone: { tag: Promoted }`,
  },
  {
    ...small,
    name: 'overwrite one app',
    text: `${APP}to: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted }`,
    wants: on('test', 'Everyone'),
  },
  {
    ...small,
    name: 'duplicate to three streams',
    text: `${APP}to: [{ site: test, mode: duplicate, streams: [Everyone, Review, Third] }]\ndone: { tag: Promoted }`,
    wants: on('test', 'Everyone', 'Review', 'Third'),
    adds: true,
  },
  {
    ...small,
    name: 'two sites',
    text: `${APP}to: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Review] }]\ndone: { tag: Promoted }`,
    sites: { dev: dev(), test: target('Everyone'), prod: target() },
    wants: [...on('test', 'Everyone'), ...on('prod', 'Review')],
  },
  {
    asks: 'promote',
    name: 'one site',
    text: `${APP}to: [{ site: dev, streams: [Live] }]`,
    sites: { dev: dev() },
    clean: 'promoted',
    wants: on('dev', 'Live'),
  },
  {
    ...small,
    name: 'an app by its id, and another target on the same site',
    text: `${APP}to: [{ site: test, app: ${NAMED} }, { site: test, streams: [Review] }]\nbackup: FOLDER/backup\ndone: { tag: Promoted }`,
    sites: {
      dev: dev(),
      test: {
        ...target(),
        apps: [{ ...old, id: NAMED, name: 'Sales Overview', stream: 'Third', tags: ['mine'] }, ...bystanders],
      },
    },
    wants: [{ site: 'test', stream: 'Third', name: 'Sales Overview' }, ...on('test', 'Review')],
  },
  {
    ...small,
    name: 'data: target, with a backup',
    text: `${APP}to: [{ site: test, streams: [Everyone] }]\ndata: target\nexperimental: true\nbackup: FOLDER/backup\ndone: { tag: Promoted }`,
    wants: on('test', 'Everyone'),
  },
  { ...small, name: 'reload: before', text: `${small.text}\nreload: before`, reloads: true },
  { ...small, name: 'reload: after', text: `${small.text}\nreload: after`, reloads: true },
  {
    ...small,
    name: 'a reload task, and what it needs',
    text: `${small.text}\nbackup: FOLDER/backup
requires: { connections: [Sales DB], extensions: [qlik-chart-x], tasks: [Nightly] }
reload-task: { schedule: { every: 1d, at: "02:00", timezone: America/New_York }, after: [Nightly], update: true }`,
    sites: {
      dev: dev(),
      test: {
        ...target('Everyone'),
        connections: ['Sales DB'],
        extensions: ['qlik-chart-x'],
        tasks: [nightly('FinishedSuccess')],
      },
    },
    taskOfEach: 'Reload Demo Build',
  },
  { ...small, name: 'backup', text: `${small.text}\nbackup: FOLDER/backup\narchive: FOLDER/archive` },
  {
    ...small,
    name: 'backup and rollback of two apps, with attributes',
    text: `${APP}to: [{ site: test, streams: [Everyone, Review, Third] }]
owner: INTERNAL\\sa_api\ntags: []\ncustom-properties: { Area: South }\nbackup: FOLDER/backup\ndone: { tag: Promoted }`,
    sites: { dev: dev(), test: target('Everyone', 'Review') },
    wants: on('test', 'Everyone', 'Review', 'Third'),
    prepare: publishRefused('test', 'Third'),
    clean: 'failed',
    attributes: true,
  },
  {
    ...small,
    name: 'a target by the id of its app',
    text: `${APP}to: [{ site: test, app: LIVE }]\ndone: { tag: Promoted }`,
    wants: on('test', 'Everyone'),
    prepare: named('LIVE', 'test', 'Everyone'),
  },
  {
    ...small,
    name: 'unpublish',
    text: `from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted, unpublish: true }`,
    wants: on('test', 'Everyone'),
    source: 'leaves its stream',
  },
  {
    asks: 'promote',
    name: 'untag',
    text: `${APP}to: { properties: { server: ToServer, stream: ToStream } }\ndone: { tag: Promoted }`,
    sites: { dev: dev({}, ['Promoted']), test: target('Everyone') },
    clean: 'nothing-to-do',
    source: 'is untagged',
    tag: 'Promoted',
  },
  {
    ...small,
    name: 'remove-properties',
    text: `${APP}when: { properties: { Approval: Approve } }
to: [{ site: test, streams: [Everyone, Review] }]
done: { tag: Promoted, remove-properties: true }`,
    sites: { dev: dev({ Approval: ['Approve'] }), test: target('Everyone') },
    source: 'loses properties',
  },
  {
    asks: 'promote',
    name: 'restore from a file',
    text: `from: dev\napps: [{ file: "FILE" }]\nto: [{ site: test, streams: [Everyone] }]`,
    sites: { dev: dev(), test: target('Everyone') },
    prepare: backedUp(`${APP}to: [{ site: test, streams: [Everyone] }]\nbackup: FOLDER/backup`),
    clean: 'promoted',
    wants: on('test', 'Everyone'),
  },
  {
    ...small,
    name: 'a stream to make, without data, with attributes',
    text: `${APP}to: [{ site: test, streams: [Everyone, Fresh] }]\nmissing-stream: create\ndata: drop\nallow-empty: true
owner: COMPANY\\anna\ntags: [mine]\ncustom-properties: { Area: South }\ndone: { tag: Promoted }`,
    wants: on('test', 'Everyone', 'Fresh'),
    makes: ['Fresh'],
    attributes: true,
    withoutData: true,
  },
  {
    asks: 'reload',
    name: 'a reload request',
    text: 'task: Nightly\ntimeout: 2m',
    sites: { prod: { ...target(), tasks: [nightly('FinishedSuccess')] } },
    clean: 'reloaded',
    task: { ends: 'FinishedSuccess', log: false },
  },
  {
    asks: 'reload',
    name: 'a reload of an app',
    text: 'app: Stock\ntimeout: 2m',
    sites: { prod: target() },
    clean: 'reloaded',
    task: { ends: 'FinishedSuccess', log: false },
  },
  {
    asks: 'reload',
    name: 'a script log',
    text: 'task: Nightly\ntimeout: 2m',
    sites: { prod: { ...target(), tasks: [nightly('FinishedFail')] } },
    clean: 'failed',
    task: { ends: 'FinishedFail', log: true },
  },
  ...(['jwt', 'ntlm', 'header'] as const).map(
    (way): Scenario => ({
      ...small,
      name: `sign-in by ${way}`,
      text: `${APP}to: [{ site: test, streams: [Review] }]\ndone: { tag: Promoted }`,
      wants: on('test', 'Review'),
      way,
    }),
  ),
];

/** Somebody else changes the app here, so it is tried without faults alone: its judges could not tell whose change it is. */
export const RELOADED: Scenario = {
  ...small,
  name: 'a live app that is being reloaded',
  text: `${APP}to: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted }`,
  sites: {
    dev: dev(),
    test: {
      ...target('Everyone'),
      tasks: [{ name: 'Hourly', app: 'Demo Build', runs: [{ takes: '20s' }] }],
    },
  },
  wants: on('test', 'Everyone'),
  prepare: inReload('test', 'Hourly'),
};
