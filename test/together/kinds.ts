import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Terms } from './ground.ts';
import { editSheet } from './people.ts';
import { type Run, start, type Want } from './run.ts';
import type { SiteName, Stage, World } from './world.ts';

/** Two runs that meet. */
export interface Kind extends Stage, Terms {
  readonly a: Run;
  readonly b: Run;
  /** Happens between the two surveys: before B begins. */
  readonly between?: (world: World) => void;
  /** They want different apps in one place for ever: one may fail in words, and they never come to rest. */
  readonly rivals?: true;
  /** One of them meets a failure that is not the other's doing. */
  readonly mayFail?: true;
  /** B is about the app of A, even if that is gone. */
  readonly sameEvent?: true;
}

interface Asked {
  streams?: readonly string[];
  site?: SiteName;
  more?: string;
  tag?: string;
  about?: 'Build' | 'Work';
  mode?: 'overwrite' | 'duplicate';
  name?: string;
}

/** A spec for one target in the flow of YAML, and what it wants. */
export function asks(asked: Asked = {}): Run {
  const {
    streams = ['One'],
    site = 'test',
    more = '',
    tag,
    about = 'Build',
    mode = 'overwrite',
    name,
  } = asked;
  const spec = [
    'from: dev',
    'apps: event',
    `to: [{ site: ${site}, streams: [${streams.join(', ')}], mode: ${mode} }]`,
    name === undefined ? '' : `name: ${name}`,
    tag === undefined ? '' : `done: { tag: ${tag} }`,
    more,
  ].join('\n');
  const wants = streams.map((stream): Want => ({ site, stream, name: name ?? 'Sales' }));
  const from = { site: 'dev' as const, stream: about };
  return { spec, wants, mode, about: from, ...(tag === undefined ? {} : { tag }) };
}

const old = { name: 'Sales', size: '18 KB', description: 'The old one' };
const live = (...streams: string[]) => ({ test: { apps: streams.map(stream => ({ ...old, stream })) } });

const twoApps = {
  dev: {
    apps: [
      { name: 'Sales', stream: 'Build', size: '20 KB', owner: 'COMPANY\\anna' },
      { name: 'Sales', stream: 'Work', size: '22 KB', owner: 'COMPANY\\bob' },
    ],
  },
};

const byProperties = (more = ''): Run => ({
  mode: 'overwrite',
  // Without its wishes the app asks for nothing any more, so the tag goes again.
  spec: `from: dev\napps: event\nwhen: { properties: { Approval: Approve } }
to: { properties: { server: ToServer, stream: ToStream } }\n${more}`,
  wants: [{ site: 'test', stream: 'One', name: 'Sales' }],
});

const publishRefused = (world: World) => {
  const two = world.sites.test.site.streams.values().find(({ name }) => name === 'Two');
  const query = new RegExp(`stream=${two?.id}`);
  world.sites.test.faults.add({ method: 'PUT', path: /publish$/, query, times: 8, fault: { status: 403 } });
};

/** A run before has left a file of what was in One. */
async function backedUp(world: World) {
  const run = start(world, asks({ more: 'backup: FOLDER/kept' }), world.a);
  await world.until(() => run.ended !== undefined);
  const file = globSync('kept/**/*.qvf', { cwd: world.folder })[0] ?? '';
  world.words.set('FILE', join(world.folder, file));
  world.a.seen = [];
}

const fromFile = (streams: readonly string[]): Run => ({
  spec: `from: dev\napps: [{ file: "FILE" }]\nto: [{ site: test, streams: [${streams.join(', ')}] }]\nname: Sales`,
  about: { site: 'test', stream: 'One' },
  mode: 'overwrite',
  wants: [],
});

/** The first run's request of a kind ends late, once or each time it tries. */
const late =
  (method: string, path: RegExp, times: number) =>
  ({ sites }: World) =>
    sites.test.faults.add({ method, path, times, fault: { late: 12_000, heard: 504 } });

const oneSite = (streams: readonly string[], more = ''): Run => ({
  spec: `from: dev\napps: [{ name: Sales, stream: Build }]\nto: [{ site: dev, streams: [${streams.join(', ')}] }]\n${more}`,
  mode: 'overwrite',
  wants: streams.map((stream): Want => ({ site: 'dev', stream, name: 'Sales' })),
});

/** Neither run can wait for the other: each has a user of its own, who sees what is published alone. */
const unseen = { always: { unpublishedShown: 'own' as const }, mayFail: true as const, apart: true as const };
const others = (asked: Asked = {}): Run => ({ ...asks(asked), user: 'COMPANY\\bob' });

export const KINDS: readonly Kind[] = [
  { name: 'an empty place, twice', a: asks(), b: asks() },
  { name: 'one app to be replaced, twice', data: live('One'), a: asks(), b: asks() },
  { name: 'two streams of a site, empty', a: asks(), b: asks({ streams: ['Two'] }) },
  {
    name: 'two streams of a site, to be replaced',
    data: live('One', 'Two'),
    a: asks(),
    b: asks({ streams: ['Two'] }),
  },
  {
    name: 'streams that overlap',
    data: live('Two'),
    a: asks({ streams: ['One', 'Two'] }),
    b: asks({ streams: ['Two'] }),
  },
  {
    name: 'overwrite and duplicate',
    rivals: true,
    many: true,
    mayFail: true,
    data: live('One'),
    a: asks(),
    b: asks({ mode: 'duplicate' }),
  },
  { name: 'two duplicates', many: true, a: asks({ mode: 'duplicate' }), b: asks({ mode: 'duplicate' }) },
  {
    name: 'two apps of one name, an empty place',
    data: twoApps,
    rivals: true,
    mayFail: true,
    a: asks(),
    b: asks({ about: 'Work' }),
  },
  {
    name: 'two apps of one name, one to be replaced',
    data: { ...twoApps, ...live('One') },
    rivals: true,
    mayFail: true,
    a: asks(),
    b: asks({ about: 'Work' }),
  },
  { name: 'an older and a newer version, an empty place', a: asks(), b: asks(), between: editSheet },
  {
    name: 'an older and a newer version, to be replaced',
    data: live('One'),
    a: asks(),
    b: asks(),
    between: editSheet,
  },
  {
    name: 'a stream that both create',
    a: asks({ streams: ['New'], more: 'missing-stream: create' }),
    b: asks({ streams: ['New'], more: 'missing-stream: create' }),
  },
  {
    name: 'unpublish, and another target',
    unpublishes: true,
    mayFail: true,
    sameEvent: true,
    a: asks({ more: 'done: { unpublish: true }' }),
    b: asks({ streams: ['Two'] }),
  },
  {
    name: 'a reload before, twice',
    data: live('One'),
    a: asks({ more: 'reload: before' }),
    b: asks({ more: 'reload: before' }),
  },
  {
    name: 'a reload before, and other streams',
    a: asks({ more: 'reload: before' }),
    b: asks({ streams: ['Two'], more: 'reload: after' }),
  },
  {
    name: 'a backup and its rollback, and a run without',
    data: live('One'),
    prepare: publishRefused,
    mayFail: true,
    rollsBack: true,
    a: asks({ streams: ['One', 'Two'], more: 'backup: FOLDER/backup' }),
    b: asks(),
  },
  {
    name: 'a backup each',
    data: live('One'),
    a: asks({ more: 'backup: FOLDER/a' }),
    b: asks({ more: 'backup: FOLDER/b' }),
  },
  { name: 'one site by copy, twice', a: oneSite(['Live']), b: oneSite(['Live']) },
  { name: 'one site by copy, and another site', a: oneSite(['Live']), b: asks() },
  {
    name: 'the same tag, twice',
    data: live('One'),
    a: asks({ tag: 'Promoted' }),
    b: asks({ tag: 'Promoted' }),
  },
  { name: 'a new tag, twice', a: asks({ tag: 'Shipped' }), b: asks({ tag: 'Shipped' }) },
  { name: 'two sites, one of them with the tag', a: asks(), b: asks({ site: 'prod', tag: 'Promoted' }) },
  {
    name: 'by properties that are removed, twice',
    losesRows: true,
    data: live('One'),
    a: byProperties('done: { tag: Promoted, remove-properties: true }'),
    b: byProperties('done: { tag: Promoted, remove-properties: true }'),
  },
  {
    name: 'two names for one app',
    data: twoApps,
    rivals: true,
    mayFail: true,
    a: asks({ name: 'Revenue' }),
    b: asks({ name: 'Revenue', about: 'Work' }),
  },
  {
    name: 'owner, tags and properties of the promoted app',
    data: live('One'),
    a: asks({ more: 'owner: COMPANY\\bob\ntags: [noted]' }),
    b: asks({ more: 'owner: COMPANY\\bob\ntags: [noted]' }),
  },
  {
    name: 'from a file to an empty stream, and an app to the same',
    data: live('One'),
    prepare: backedUp,
    rivals: true,
    mayFail: true,
    a: fromFile(['Two']),
    b: asks({ streams: ['Two'] }),
  },
  {
    name: 'from a file, twice',
    data: live('One'),
    prepare: backedUp,
    rivals: true,
    mayFail: true,
    a: fromFile(['One']),
    b: fromFile(['One']),
  },
  {
    name: 'no stamps, twice',
    rivals: true,
    mayFail: true,
    a: asks({ more: 'describe: false' }),
    b: asks({ more: 'describe: false' }),
  },
  {
    name: 'unpublish, twice',
    unpublishes: true,
    mayFail: true,
    sameEvent: true,
    a: asks({ more: 'done: { unpublish: true }' }),
    b: asks({ more: 'done: { unpublish: true }' }),
  },
  { name: 'two users who do not see each other, an empty place', ...unseen, a: asks(), b: others() },
  {
    name: 'two users who do not see each other, one app to be replaced',
    ...unseen,
    data: live('One'),
    a: asks(),
    b: others(),
  },
  {
    name: 'two users who do not see each other, an older and a newer version',
    ...unseen,
    data: live('Two'),
    between: editSheet,
    a: asks({ streams: ['One', 'Two'] }),
    b: others({ streams: ['Two', 'One'] }),
  },
  {
    name: 'two users who do not see each other, two apps of one name',
    ...unseen,
    rivals: true,
    data: twoApps,
    a: asks(),
    b: others({ about: 'Work' }),
  },
  {
    name: 'two users who do not see each other, duplicates',
    ...unseen,
    many: true,
    a: asks({ mode: 'duplicate' }),
    b: others({ mode: 'duplicate' }),
  },
  {
    name: 'an upload that ends late',
    late: true,
    mayFail: true,
    prepare: late('POST', /upload$/, 1),
    a: asks(),
    b: asks(),
  },
  {
    name: 'a replace that ends late',
    late: true,
    mayFail: true,
    data: live('One'),
    prepare: late('PUT', /replace$/, 4),
    a: asks(),
    b: asks(),
  },
  {
    name: 'a publish that ends late',
    late: true,
    mayFail: true,
    prepare: late('PUT', /publish$/, 4),
    a: asks(),
    b: asks(),
  },
  {
    name: 'a deletion that ends late',
    late: true,
    mayFail: true,
    data: live('One'),
    prepare: late('DELETE', /app/, 4),
    a: asks(),
    b: asks(),
  },
];
