import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, type StageOptions, shelf, stage, tagsOf } from '../sites-for-tests.ts';

/**
 * The decision tree that property mode inherits, a row a branch: what an app carries, and what comes of it.
 * The test site has the app in Everyone, and has Review; it has neither Foo nor Bar.
 */
interface Row {
  name: string;
  server?: string[];
  stream?: string[];
  tagged?: boolean;
  stage?: StageOptions;
  outcome: 'promoted' | 'nothing-to-do' | 'failed';
  /** Whether the app is tagged afterwards. */
  tag: boolean;
  /** Afterwards on the test site, when it differs from before. */
  shelf?: string[];
  /** In the failures or the lines of the report. */
  says: RegExp;
}

const BEFORE = ['Demo Build@Everyone'];

const TREE: Row[] = [
  {
    name: 'no property, tagged: the tag goes',
    tagged: true,
    outcome: 'nothing-to-do',
    tag: false,
    says: /tag removed/,
  },
  {
    name: 'no property, not tagged: nothing',
    outcome: 'nothing-to-do',
    tag: false,
    says: /PromoteToServer is empty/,
  },
  {
    name: 'server and streams, tagged: already promoted',
    server: ['Test - Overwrite'],
    stream: ['Everyone'],
    tagged: true,
    outcome: 'nothing-to-do',
    tag: true,
    says: /already tagged "Promoted"/,
  },
  {
    name: 'overwrite, match: replaced',
    server: ['Test - Overwrite'],
    stream: ['Everyone'],
    outcome: 'promoted',
    tag: true,
    says: /"Everyone": replaced/,
  },
  {
    name: 'overwrite, no match: published',
    server: ['Test - Overwrite'],
    stream: ['Review'],
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Review": published/,
  },
  {
    name: 'overwrite, one match and one left over: replaced and published',
    server: ['test - overwrite'],
    stream: ['Everyone', 'Review'],
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Review": published/,
  },
  {
    name: 'overwrite, matches in two streams: both replaced',
    server: ['Test - Overwrite'],
    stream: ['Everyone', 'Review'],
    stage: {
      testData: {
        apps: [
          { name: 'Demo Build', stream: 'Everyone' },
          { name: 'Demo Build', stream: 'Review' },
        ],
      },
    },
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Review": replaced/,
  },
  {
    name: 'overwrite, same name unpublished or in another stream: not touched',
    server: ['Test - Overwrite'],
    stream: ['Review'],
    stage: { testData: { apps: [{ name: 'Demo Build', stream: 'Everyone' }, { name: 'Demo Build' }] } },
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@', 'Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Review": published/,
  },
  {
    name: 'duplicate: published to each, whatever is there',
    server: ['Test - Duplicate'],
    stream: ['Everyone', 'Review'],
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@Everyone', 'Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Everyone": published/,
  },
  {
    name: 'a missing stream is named and left out',
    server: ['Test - Overwrite'],
    stream: ['Everyone', 'Foo'],
    outcome: 'promoted',
    tag: true,
    says: /has no stream "Foo": left out for app "Demo Build"/,
  },
  {
    name: 'no wanted stream exists: a refusal that names them',
    server: ['Test - Overwrite'],
    stream: ['Foo', 'Bar'],
    outcome: 'failed',
    tag: false,
    says: /none of the wanted streams: "(Foo", "Bar|Bar", "Foo)"/,
  },
  {
    name: 'no mode word: a refusal that says what would be right',
    server: ['Test'],
    stream: ['Everyone'],
    outcome: 'failed',
    tag: false,
    says: /neither " - Overwrite" nor " - Duplicate"; "test - Overwrite" would be right/,
  },
  {
    name: 'a site that is not known: a refusal that lists the names',
    server: ['Moon - Overwrite'],
    stream: ['Everyone'],
    outcome: 'failed',
    tag: false,
    says: /"Moon - Overwrite", which names no site.*Known sites: dev, test/,
  },
  {
    name: 'both modes for one site: a refusal',
    server: ['Test - Overwrite', 'Test - Duplicate'],
    stream: ['Everyone'],
    outcome: 'failed',
    tag: false,
    says: /both modes on site "test"/,
  },
  {
    name: 'the same target twice, in other letters: once',
    server: ['Test - Overwrite', 'test - overwrite'],
    stream: ['Review'],
    outcome: 'promoted',
    tag: true,
    shelf: ['Demo Build@Everyone', 'Demo Build@Review'],
    says: /"Review": published/,
  },
  {
    name: 'streams but no server, tagged: the tag goes',
    stream: ['Everyone'],
    tagged: true,
    outcome: 'nothing-to-do',
    tag: false,
    says: /tag removed/,
  },
  {
    name: 'streams but no server, not tagged: nothing',
    stream: ['Everyone'],
    outcome: 'nothing-to-do',
    tag: false,
    says: /PromoteToServer is empty/,
  },
  {
    name: 'server but no stream, not tagged: nothing',
    server: ['Test - Overwrite'],
    outcome: 'nothing-to-do',
    tag: false,
    says: /PromoteToStream names no stream/,
  },
  {
    name: 'server but no stream, tagged: the tag stays',
    server: ['Test - Overwrite'],
    tagged: true,
    outcome: 'nothing-to-do',
    tag: true,
    says: /already tagged/,
  },
  {
    name: 'two streams of one name: a refusal with their ids',
    server: ['Test - Overwrite'],
    stream: ['Review'],
    stage: { testData: { streams: ['Everyone', 'Review', 'Review'] } },
    outcome: 'failed',
    tag: false,
    says: /has 2 streams called "Review" \([0-9a-f-]{36}, [0-9a-f-]{36}\)/,
  },
  {
    name: 'two apps of one name in a stream: a refusal with their ids',
    server: ['Test - Overwrite'],
    stream: ['Everyone'],
    stage: {
      testData: {
        apps: [
          { name: 'Demo Build', stream: 'Everyone' },
          { name: 'Demo Build', stream: 'Everyone' },
        ],
      },
    },
    outcome: 'failed',
    tag: false,
    shelf: ['Demo Build@Everyone', 'Demo Build@Everyone'],
    says: /"Everyone" has 2 apps called "Demo Build" \([0-9a-f-]{36}, [0-9a-f-]{36}\)/,
  },
];

for (const row of TREE) {
  test(`tree: ${row.name}`, async () => {
    const properties = {
      ...(row.server ? { PromoteToServer: row.server } : {}),
      ...(row.stream ? { PromoteToStream: row.stream } : {}),
    };
    const on = await stage({ app: { properties, tags: row.tagged ? ['Promoted'] : [] }, ...row.stage });
    try {
      const report = await on.run();
      assert.equal(report.outcome, row.outcome, report.failures.join('\n'));
      assert.equal(tagsOf(on.dev, on.app).includes('Promoted'), row.tag);
      assert.deepEqual(shelf(on.test), row.shelf ?? BEFORE);
      assert.match([...report.failures, ...report.warnings, ...report.lines].join('\n'), row.says);
      if (row.outcome !== 'promoted') assert.deepEqual(changes(on.test), []);
      if (row.outcome === 'failed') assert.deepEqual(changes(on.dev), []);
      if (row.outcome === 'promoted') {
        const file = await on.dev.digest(on.app);
        const promoted = [...on.test.site.apps.values()].filter(({ description }) =>
          description.includes('[qrs-action]'),
        );
        assert.ok(promoted.length > 0);
        for (const { id } of promoted) assert.equal(await on.test.digest(id), file);
      }
    } finally {
      await on.stop();
    }
  });
}

test('tree: the app of the event is gone: nothing to do, where others are seen', async () => {
  const on = await stage();
  try {
    const id = '11111111-2222-4333-8444-555555555555';
    const report = await on.run(undefined, { event: { id, site: undefined } });
    assert.equal(report.outcome, 'nothing-to-do');
    assert.match(report.warnings.join(), /There is no app with id 11111111-.* on site "dev"/);
    on.dev.site.apps.clear();
    const blind = await on.run(undefined, { event: { id, site: undefined } });
    assert.equal(blind.outcome, 'failed', 'a lost right must not turn every event green');
    assert.match(blind.failures.join(), /There is no app with id 11111111-.* on site "dev"/);
  } finally {
    await on.stop();
  }
});
