import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, type StageOptions, shelf } from '../sites-for-tests.ts';
import { appIn, appNamed, attributesOf, FOR_GOOD, on, planned, streamResults } from './scene.ts';

/** Owner, tags, custom properties, name and streams of promoted apps, by the names that the target knows. */

const TARGET = {
  streams: ['Everyone', 'Review'],
  users: ['COMPANY\\anna', 'COMPANY\\bert'],
  tags: ['kept', 'released'],
  customProperties: { Stage: ['Dev', 'Test'], Area: ['North', 'South'], Kept: ['yes'] },
  apps: [
    {
      name: 'Demo Build',
      stream: 'Everyone',
      owner: 'COMPANY\\bert',
      size: '200 KB',
      tags: ['kept'],
      properties: { Stage: ['Dev'], Kept: ['yes'] },
    },
  ],
};
const SPEC = `
from: dev
to: [{ site: test, streams: [Everyone, Review, More] }]
missing-stream: create
owner: COMPANY\\anna
tags: [released, new]
custom-properties: { Stage: Test, Area: [North, South] }`;

for (const mode of ['overwrite', 'duplicate'] as const) {
  test(`attributes: set on every app that is promoted (${mode})`, () =>
    on({ testData: TARGET }, async set => {
      const old = appNamed(set.test, 'Demo Build').id;
      const report = await set.run(SPEC.replace('More] }', `More], mode: ${mode} }`));
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      const fresh = {
        owner: 'COMPANY\\anna',
        tags: ['new', 'released'],
        properties: ['Area=North', 'Area=South', 'Stage=Test'],
      };
      const apps = [...set.test.site.apps.values()].filter(({ description }) => description !== '');
      assert.deepEqual(apps.map(({ stream }) => stream?.name).sort(), ['Everyone', 'More', 'Review']);
      for (const app of apps) {
        const wanted =
          app.id === old
            ? {
                ...fresh,
                tags: ['kept', ...fresh.tags],
                properties: ['Area=North', 'Area=South', 'Kept=yes', 'Stage=Test'],
              }
            : fresh;
        assert.deepEqual(attributesOf(app), wanted, app.stream?.name);
      }
      assert.deepEqual(
        [...set.test.site.tags.values()].map(({ name }) => name),
        ['kept', 'released', 'new'],
        'the missing tag is made once',
      );
    }));
}

test('attributes: they are there before anybody sees a newly published app; its owner never sees a working copy', () =>
  on({ testData: TARGET }, async set => {
    let seen: unknown;
    set.test.faults.add({
      path: /publish/,
      fault: {
        run: site => {
          const copy = [...site.apps.values()].find(({ published }) => !published);
          seen = copy && attributesOf(copy);
        },
      },
    });
    await set.run(SPEC.replace('[Everyone, Review, More]', '[Review]'));
    const given = { tags: ['new', 'released'], properties: ['Area=North', 'Area=South', 'Stage=Test'] };
    assert.deepEqual(seen, { ...given, owner: 'INTERNAL\\sa_api' });
    assert.deepEqual(attributesOf(appIn(set.test, 'Review')), { ...given, owner: 'COMPANY\\anna' });
  }));

test('attributes: an empty list of values takes a property away', () =>
  on({ testData: TARGET }, async set => {
    const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }]\ncustom-properties: { Stage: [] }';
    assert.equal((await set.run(spec)).outcome, 'promoted');
    assert.deepEqual(attributesOf(appNamed(set.test, 'Demo Build')).properties, ['Kept=yes']);
  }));

test('attributes: unsaid, a replaced app keeps its own, and a published one is the user’s', () =>
  on({ testData: TARGET }, async set => {
    const was = attributesOf(appNamed(set.test, 'Demo Build'));
    await set.run('from: dev\nto: [{ site: test, streams: [Everyone, Review] }]');
    assert.deepEqual(attributesOf(appIn(set.test, 'Everyone')), was);
    assert.deepEqual(attributesOf(appIn(set.test, 'Review')), {
      owner: 'INTERNAL\\sa_api',
      tags: [],
      properties: [],
    });
  }));

const REFUSED: [
  string,
  RegExp,
  ((set: { test: { site: { customProperties: Map<string, Definition> } } }) => void)?,
][] = [
  [
    'owner: COMPANY\\carl',
    /site "test" has no user COMPANY\\carl\. (Did you mean|Is it among the users in the QMC\?)/,
  ],
  ['custom-properties: { Stagee: Test }', /site "test" has no custom property "Stagee"\./],
  ['custom-properties: { stage: Test }', /site "test" has no custom property "stage"\./],
  [
    'custom-properties: { Stage: Production }',
    /custom property "Stage" of site "test" does not allow "Production"\. It allows Dev, Test\./,
  ],
  [
    'custom-properties: { Area: [North, East, West] }',
    /does not allow "East"\. .*\n?.*does not allow "West"\. It allows North, South\./,
  ],
  [
    'custom-properties: { Kept: yes }',
    /custom property "Kept" of site "test" is not for apps\./,
    set => {
      for (const one of set.test.site.customProperties.values()) {
        if (one.name === 'Kept') one.objectTypes = ['Stream'];
      }
    },
  ],
];
interface Definition {
  name: string;
  objectTypes: string[];
}

for (const [options, says, prepare] of REFUSED) {
  test(`attributes: ${options} is refused, and nothing is changed`, () =>
    on({ testData: TARGET }, async set => {
      prepare?.(set);
      const spec = `from: dev\nto: [{ site: test, streams: [Everyone] }]\n${options}`;
      const report = await set.run(spec);
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join('\n'), says);
      assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
    }));
}

test('attributes: all that is wrong is told at once', () =>
  on({ testData: TARGET }, async set => {
    const report = await set.run(
      'from: dev\nto: [{ site: test, streams: [Nowhere] }]\nowner: A\\b\ncustom-properties: { Stage: X, Other: y }',
    );
    assert.equal(report.failures.length, 4, report.failures.join('\n'));
  }));

const APPS: StageOptions = {
  devApps: Array.from({ length: 5 }, (_, index) => ({ name: `Report ${index}`, size: 2000 })),
};

test('streams: a missing one is made once for several apps, and the tag too', () =>
  on(APPS, async set => {
    const spec = `
from: dev
apps: [{ filter: name sw 'Report' }]
to: [{ site: test, streams: [Review, Finance], missing-stream: create, tags: [new] }]
concurrency: 5`;
    assert.match(
      (await planned(set, spec)).lines.join('\n'),
      /"Finance": to be published, and the stream made\n(.*\n)*On test: tag "new" \(to be made\)\./,
    );
    const report = await set.run(spec);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const names = [...set.test.site.streams.values()].map(({ name }) => name);
    assert.deepEqual(names, ['Everyone', 'Review', 'Finance']);
    assert.equal(set.test.counters.count('POST', /^\/qrs\/stream$/), 1);
    assert.equal(set.test.counters.count('POST', /^\/qrs\/tag$/), 1);
    assert.equal(shelf(set.test).filter(name => name.endsWith('@Finance')).length, 5);
    assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
  }));

for (const [name, fault] of [
  ['hangs up after the work', { hangUp: 'after' }],
  ['answers 500 though it did the work', { refuse: 500, doneFirst: true }],
] as const) {
  test(`streams: one is made, though the site ${name}`, () =>
    on({}, async set => {
      set.test.faults.add({ method: 'POST', path: /stream$/, fault });
      const spec = 'from: dev\nto: [{ site: test, streams: [Finance], missing-stream: create }]';
      assert.equal((await set.run(spec)).outcome, 'promoted');
      assert.equal(set.test.site.streams.size, 3);
    }));
}

test('streams: one that may not be made is a failure of the target, which is left in order', () =>
  on({}, async set => {
    set.test.faults.add({ method: 'POST', path: /stream$/, times: FOR_GOOD, fault: { status: 403 } });
    const spec = 'from: dev\nto: [{ site: test, streams: [Finance], missing-stream: create }]';
    const report = await set.run(spec);
    assert.match(
      report.failures.join('\n'),
      /refused to create stream "Finance": 403.* May INTERNAL\\sa_api create streams\?/,
    );
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

const MISSING: [string, string, RegExp][] = [
  ['skip', 'promoted', /has no stream "Finance": left out for app/],
  ['fail', 'failed', /site "test" has no stream "Finance"\./],
  ['create', 'promoted', /"Finance": published/],
];

for (const [missing, outcome, says] of MISSING) {
  test(`streams: missing-stream: ${missing}`, () =>
    on({}, async set => {
      const spec = `from: dev\nto: [{ site: test, streams: [Everyone, Finance] }]\nmissing-stream: ${missing}`;
      const report = await set.run(spec);
      assert.equal(report.outcome, outcome);
      assert.match([...report.lines, ...report.warnings, ...report.failures].join('\n'), says);
      if (outcome !== 'failed') return;
      assert.deepEqual(changes(set.test), []);
      assert.deepEqual(report.warnings, [], 'a missing stream is told once');
    }));
}

test('name: on the target the app has the name of the spec, and replaces the app of that name', () =>
  on({}, async set => {
    const old = appNamed(set.test, 'Demo Build');
    old.name = 'Sales';
    const spec = 'from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\nname: Sales';
    const report = await set.run(spec);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.test), ['Sales@Everyone', 'Sales@Review']);
    assert.equal(appIn(set.test, 'Everyone').id, old.id);
    assert.equal(appNamed(set.dev, 'Demo Build').name, 'Demo Build');
    assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
  }));

for (const replaceName of ['target', 'source'] as const) {
  test(`name: stays, whosever it is after a replace (${replaceName})`, () =>
    on({ testSwitches: { replaceName } }, async set => {
      appNamed(set.test, 'Demo Build').name = 'Sales';
      const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }]\nname: Sales';
      assert.equal((await set.run(spec)).outcome, 'promoted');
      assert.deepEqual(shelf(set.test), ['Sales@Everyone']);
    }));
}

test('what is there already gets the tags that the spec asks for now', () =>
  on({}, async set => {
    assert.equal((await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]')).outcome, 'promoted');
    const report = await set.run(`from: dev\nto: [{ site: test, streams: [Everyone] }]\ntags: [released]`);
    assert.notEqual(report.outcome, 'failed');
    assert.deepEqual(attributesOf(appIn(set.test, 'Everyone')).tags, ['released']);
  }));

test('a new stream and a new tag in one change of the spec', () =>
  on({}, async set => {
    assert.equal((await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]')).outcome, 'promoted');
    const report = await set.run(
      'from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\ntags: [released]',
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));

test('an owner is found in any case, whatever `eq` does', () =>
  on({ testData: { streams: ['Everyone'], users: ['COMPANY\\anna'] } }, async set => {
    const report = await set.run(
      `from: dev\nto: [{ site: test, streams: [Everyone] }]\nowner: company\\Anna`,
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));

test('what is there already: a dry run says what it lacks, and a second run that it lacks nothing', () =>
  on({ testData: TARGET }, async set => {
    const plain = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
    await set.run(plain);
    const { id } = appIn(set.test, 'Everyone');
    const spec = `${plain}\nowner: COMPANY\\anna\ntags: [released]\ncustom-properties: { Stage: Test }`;
    const { lines } = await planned(set, spec);
    assert.deepEqual(lines.slice(1), [
      `"Demo Build" → test, stream "Everyone": already there; as it is not owned by COMPANY\\anna, lacks the tag "released", has other values of the custom property "Stage", to be brought up to date (${id})`,
    ]);
    set.test.counters.reset();
    const report = await set.run(spec);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(set.test.counters.count('POST', /./), 0, 'nothing is uploaded');
    assert.deepEqual(attributesOf(appIn(set.test, 'Everyone')), {
      owner: 'COMPANY\\anna',
      tags: ['kept', 'released'],
      properties: ['Kept=yes', 'Stage=Test'],
    });
    assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
  }));

for (const [answer, faults, did] of [
  ['no answer', [504], 'unclear'],
  ['a refusal', [403], 'not done'],
  ['no answer and then a refusal', [504, 403], 'unclear'],
] as const) {
  test(`attributes: of an app that is there already, with ${answer}, are ${did}, and not called rolled back`, () =>
    on({}, async set => {
      const spec = 'from: dev\nto: [{ site: test, streams: [Everyone] }]\nrollback: true\nbackup: none';
      assert.equal((await set.run(spec)).outcome, 'promoted');
      for (const [index, status] of faults.entries()) {
        const times = index === faults.length - 1 ? FOR_GOOD : 1;
        set.test.faults.add({ method: 'PUT', path: /app/, times, fault: { status } });
      }
      const report = await set.run(`${spec}\ntags: [released]`);
      assert.equal(report.outcome, 'failed');
      assert.doesNotMatch(report.failures.join('\n'), /was rolled back/);
      assert.deepEqual(
        streamResults(report).map(one => one.did),
        [did],
      );
    }));
}
