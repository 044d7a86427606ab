import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appIn, on, onThree, type ThreeSites } from './scene.ts';

/** `data` and `connections`, as QRS offers them: flags of the export and the upload. */

const EVERYONE = { streams: ['Everyone'] };

function flags({ dev, test: target, prod }: ThreeSites) {
  const query = (site: typeof dev, path: RegExp, name: string) =>
    site.counters.requests
      .filter(request => path.test(request.path))
      .map(request => new URLSearchParams(request.query).get(name));
  return {
    skipData: query(dev, /\/export\//, 'skipdata'),
    keepData: [...query(target, /\/upload$/, 'keepdata'), ...query(prod, /\/upload$/, 'keepdata')],
    excludeConnections: [
      ...query(target, /\/upload$/, 'excludeconnections'),
      ...query(prod, /\/upload$/, 'excludeconnections'),
    ],
  };
}

interface Row {
  name: string;
  test: string;
  prod: string;
  skipData: string;
  keepData: [string, string];
  excludeConnections: [string, string];
}

const ROWS: Row[] = [
  {
    name: 'all of it',
    test: '',
    prod: '',
    skipData: 'false',
    keepData: ['true', 'true'],
    excludeConnections: ['false', 'false'],
  },
  {
    name: 'data dropped on one target: they travel for the other',
    test: ', data: drop, allow-empty: true',
    prod: '',
    skipData: 'false',
    keepData: ['false', 'true'],
    excludeConnections: ['false', 'false'],
  },
  {
    name: 'data dropped on all: they do not travel',
    test: ', data: drop, allow-empty: true',
    prod: ', data: drop, allow-empty: true',
    skipData: 'true',
    keepData: ['false', 'false'],
    excludeConnections: ['false', 'false'],
  },
  {
    name: 'connections dropped on one target',
    test: '',
    prod: ', connections: drop',
    skipData: 'false',
    keepData: ['true', 'true'],
    excludeConnections: ['false', 'true'],
  },
];

for (const { name, test: onTest, prod, ...wanted } of ROWS) {
  test(`content: ${name}`, () =>
    onThree({ prod: EVERYONE }, async set => {
      const report = await set.run(`
from: dev
to:
  - { site: test, streams: [Everyone]${onTest} }
  - { site: prod, streams: [Everyone]${prod} }`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      const { skipData, ...uploads } = flags(set);
      assert.deepEqual({ skipData, ...uploads }, { ...wanted, skipData: [wanted.skipData] });
      const sizes = [appIn(set.test, 'Everyone').fileSize, appIn(set.prod, 'Everyone').fileSize];
      assert.deepEqual(
        sizes,
        wanted.keepData.map(keep => (keep === 'true' ? 300_000 : 65_536)),
      );
      assert.equal(set.dev.counters.bytesSent, wanted.skipData === 'true' ? 65_536 : 300_000);
    }));
}

test('content: dropped for the whole spec, in property mode too', () =>
  onThree(
    {
      app: { properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone'] } },
      prod: EVERYONE,
    },
    async set => {
      const report = await set.run(
        'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\ndata: drop\nallow-empty: true\nconnections: drop',
      );
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(flags(set), { skipData: ['true'], keepData: ['false'], excludeConnections: ['true'] });
    },
  ));

test('data that were dropped come when the spec asks for them', () =>
  on({}, async set => {
    assert.equal(
      (await set.run(`from: dev\nto: [{ site: test, streams: [Everyone] }]\ndata: drop\nallow-empty: true`))
        .outcome,
      'promoted',
    );
    assert.equal((await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]')).outcome, 'promoted');
    assert.equal(appIn(set.test, 'Everyone').fileSize, 300_000);
  }));
