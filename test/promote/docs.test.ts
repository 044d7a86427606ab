import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { originOf } from '../../simulator/site/content.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, attributesOf, filesIn, onThree, reloadsEnd, type ThreeSites } from './scene.ts';

/** docs/promotion.md: each of its specs is planned, carried out, and run again, on sites that fit the page. */

const PAGE = readFileSync(new URL('../../docs/promotion.md', import.meta.url), 'utf8');
const ON_PROD = '5f0c2d6e-9b1a-4c58-8d9e-0a4f3c7b2e11';
const BY_ID = '9c5edb29-3f1a-4d2e-8a6b-7c0d1e2f3a4b';

/** The specs of the page, by the heading they stand under and their number there. */
function specs(): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of PAGE.split(/^## /m).slice(1)) {
    const heading = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/^```yaml\n(.*?)^```$/gms)];
    for (const [index, [, text = '']] of blocks.entries()) {
      found.set(index === 0 ? heading : `${heading} ${index + 1}`, text);
    }
  }
  return found;
}

const PROPERTIES = {
  PromoteToServer: ['Test - Overwrite', 'Overwrite'],
  PromoteToStream: ['Everyone', 'Review'],
  PromotionApproval: ['Approve', 'Deny'],
  PromoteOnReload: ['Yes'],
  Area: ['North', 'South'],
};
const DEV: SiteData = {
  streams: ['Build', 'Release'],
  tags: ['release', 'frozen'],
  users: ['COMPANY\\anna'],
  customProperties: PROPERTIES,
  apps: [
    {
      id: '31ee79a6-0949-4175-ba0e-1866a60e3336',
      name: 'Demo Build',
      stream: 'Build',
      owner: 'COMPANY\\anna',
      size: '300 KB',
      properties: {
        PromoteToServer: ['Overwrite'],
        PromoteToStream: ['Everyone', 'Review'],
        PromotionApproval: ['Approve'],
        PromoteOnReload: ['Yes'],
      },
    },
    { name: 'Orders', stream: 'Release', size: '9 KB', tags: ['release'], properties: { Area: ['South'] } },
    { name: 'Stock', stream: 'Release', size: '9 KB', tags: ['release', 'frozen'] },
  ],
};
const TEST: SiteData = {
  streams: ['Everyone', 'Review'],
  apps: [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB' }],
};
const PROD: SiteData = {
  streams: ['Everyone', 'Finance'],
  users: ['COMPANY\\anna'],
  customProperties: { Stage: ['Test', 'Production'] },
  apps: [
    { id: ON_PROD, name: 'Demo Build', stream: 'Everyone', owner: 'COMPANY\\anna', size: '200 KB' },
    { id: BY_ID, name: 'Sales Overview', stream: 'Everyone', size: '200 KB' },
  ],
};

interface Expected {
  /** What prod has besides. */
  alsoOnProd?: Partial<SiteData>;
  /** Before the run. */
  prepare?: (set: ThreeSites) => Promise<void> | void;
  /** The sites afterwards, where they differ from before. */
  test?: string[];
  prod?: string[];
  dev?: string[];
  lines?: RegExp[];
  check?: (set: ThreeSites) => Promise<void> | void;
}

const BOTH = ['Demo Build@Everyone', 'Demo Build@Review'];
const PROD_BOTH = ['Demo Build@Everyone', 'Demo Build@Finance', 'Sales Overview@Everyone'];
const promoted = ({ dev }: ThreeSites) =>
  assert.deepEqual(tagsOf(dev, appNamed(dev, 'Demo Build').id), ['Promoted']);
const replacedOnProd = async ({ dev, prod }: ThreeSites) =>
  assert.equal(await prod.digest(ON_PROD), await dev.digest(appNamed(dev, 'Demo Build').id));

const EXPECTED: Record<string, Expected> = {
  'By properties': { test: BOTH, check: promoted },
  'By spec and review': { test: BOTH },
  'Choosing apps': { test: [...BOTH, 'Orders@Review', 'Stock@Review'] },
  Conditions: {
    test: ['Demo Build@Everyone', 'Orders@Everyone'],
    lines: [
      /^"Stock": skipped: its property Area is empty, not "North" or "South"; it has the tag "frozen"$/m,
    ],
  },
  'Several sites': {
    test: ['Demo Build@Everyone', ...BOTH],
    prod: ['Demo Build@Everyone', 'Sales Overview@Everyone', 'Sales Overview@Finance'],
    check: ({ prod }) =>
      assert.deepEqual(attributesOf(appNamed(prod, 'Sales Overview')), {
        owner: 'COMPANY\\anna',
        tags: ['released'],
        properties: ['Stage=Production'],
      }),
  },
  'One app by its id': {
    check: async ({ dev, prod }) => {
      assert.equal(await prod.digest(BY_ID), await dev.digest(appNamed(dev, 'Demo Build').id));
      assert.notEqual(await prod.digest(ON_PROD), await prod.digest(BY_ID));
    },
  },
  'Dev to test to prod': {
    prepare: ({ prod }) => reloadsEnd(prod, 'FinishedSuccess'),
    check: async ({ test: source, prod }) => {
      assert.ok(appNamed(prod, 'Demo Build').lastReloadTime > appNamed(source, 'Demo Build').lastReloadTime);
      assert.equal(prod.site.tasks.size, 0);
    },
  },
  'Approval and denial': {
    check: async set => {
      await replacedOnProd(set);
      const { properties } = attributesOf(appNamed(set.dev, 'Demo Build'));
      assert.ok(!properties.some(property => property.startsWith('PromotionApproval')));
    },
  },
  'Approval and denial 2': {
    prepare: ({ dev }) => {
      for (const row of appNamed(dev, 'Demo Build').customProperties) {
        if (row.definition.name === 'PromotionApproval') row.value = 'Deny';
      }
    },
    lines: [/tagged "Denied"/, /property PromotionApproval removed/],
  },
  'Promote on reload': { check: replacedOnProd },
  'Reload on the target': {
    prepare: ({ prod }) => reloadsEnd(prod, 'FinishedSuccess'),
    prod: PROD_BOTH,
    check: ({ dev, prod }) => {
      const reloaded = appNamed(prod, 'Demo Build').lastReloadTime;
      assert.ok(reloaded > appNamed(dev, 'Demo Build').lastReloadTime);
      assert.equal(prod.site.tasks.size, 0);
    },
  },
  'A reload task for the app': {
    alsoOnProd: { tasks: [{ name: 'Load QVDs', type: 'external' }] },
    lines: [/replaced, reload task "Reload Demo Build" made/],
    check: ({ prod }) =>
      assert.deepEqual([...prod.site.tasks.values()].map(({ name }) => name).sort(), [
        'Load QVDs',
        'Reload Demo Build',
      ]),
  },
  'What an app needs on the target': {
    alsoOnProd: {
      connections: ['Sales DB'],
      extensions: ['qlik-chart-x'],
      tasks: [{ name: 'Load QVDs', type: 'external' }],
    },
    check: replacedOnProd,
  },
  'The data of the target': {
    check: ({ dev, prod }) => {
      const live = prod.site.apps.get(ON_PROD) ?? assert.fail();
      assert.equal(originOf(live.content), originOf(appNamed(dev, 'Demo Build').content));
      assert.equal(live.fileSize, 200_000);
    },
  },
  'Backup, rollback, restore': {
    prod: PROD_BOTH,
    check: ({ folder }) => {
      const files = filesIn(folder);
      assert.equal(files.length, 2);
      for (const file of files)
        assert.match(file, new RegExp(`^backup/prod/Everyone/Demo Build-${ON_PROD}-`));
    },
  },
  'Backup, rollback, restore 2': {
    prepare: async set => {
      const { run, folder, prod } = set;
      const was = await prod.digest(ON_PROD);
      assert.equal((await run(specs().get('Backup, rollback, restore'))).outcome, 'promoted');
      assert.notEqual(await prod.digest(ON_PROD), was);
      const wanted =
        /file: (.*)\.qvf/.exec(specs().get('Backup, rollback, restore 2') ?? '')?.[1] ?? assert.fail();
      mkdirSync(dirname(wanted), { recursive: true });
      for (const file of filesIn(folder)) copyFileSync(file, `${wanted}.${file.split('.').at(-1)}`);
    },
    prod: PROD_BOTH,
    check: ({ prod }) => assert.equal(appNamed(prod, 'Demo Build').fileSize, 200_000),
  },
  'Version control': {
    check: ({ folder }) =>
      assert.deepEqual(filesIn(folder), ['archive/Demo Build-31ee79a6-0949-4175-ba0e-1866a60e3336.qvf']),
  },
  Afterwards: {
    dev: ['Demo Build@', 'Orders@Release', 'Stock@Release'],
    check: promoted,
  },
  'Many apps': {
    test: [...BOTH, 'Orders@Review', 'Stock@Review'],
    prod: [...PROD_BOTH, 'Orders@Finance', 'Stock@Finance'],
  },
};

test('docs: every spec of the page is known here, and none else', () => {
  assert.deepEqual([...specs().keys()], Object.keys(EXPECTED));
});

const here = process.cwd();

for (const [heading, spec] of specs()) {
  const { alsoOnProd, prepare, check, lines = [], ...shelves } = EXPECTED[heading] ?? {};
  test(`docs: ${heading}`, () =>
    onThree({ devData: DEV, testData: TEST, prod: { ...PROD, ...alsoOnProd } }, async set => {
      process.chdir(set.folder);
      try {
        const sites = { dev: set.dev, test: set.test, prod: set.prod };
        await prepare?.(set);
        const before = Object.entries(sites).map(([name, site]) => [name, shelf(site)]);
        for (const site of Object.values(sites)) site.counters.reset();
        const plan = await set.run(spec, { dryRun: true });
        assert.equal(plan.outcome, 'planned', plan.failures.join('\n'));
        assert.deepEqual(Object.values(sites).flatMap(changes), []);

        const report = await set.run(spec);
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        for (const line of lines) assert.match(report.lines.join('\n'), line);
        const after = Object.entries(sites).map(([name, site]) => [name, shelf(site)]);
        const wanted = Object.entries(shelves).map(([name, names]) => [name, [...names].sort()]);
        assert.deepEqual(Object.fromEntries(after), Object.fromEntries([...before, ...wanted]));
        await check?.(set);

        for (const site of Object.values(sites)) site.counters.reset();
        const again = await set.run(spec);
        assert.equal(again.outcome, 'nothing-to-do', again.failures.join('\n'));
        for (const site of [set.test, set.prod]) assert.deepEqual(changes(site), []);
      } finally {
        process.chdir(here);
      }
    }));
}

test('docs: what the page shows of a file and of a plan is what the action writes', () =>
  onThree({ devData: DEV, testData: TEST, prod: PROD }, async set => {
    const report = await set.run(
      'from: dev\nto: [{ site: prod, streams: [Everyone, More], missing-stream: create }]\ndone: { tag: Promoted }\nbackup: ./backup\nreload: before',
      { dryRun: true },
    );
    const shown = [...PAGE.matchAll(/^```text\n(.*?)^```$/gms)].map(([, text = '']) => text).join('');
    // Sizes and dates are those of the page.
    const general = (line: string) =>
      line
        .replaceAll(/\b\d+ [KM]B\b/g, '…')
        .replaceAll(/\b\d+ [A-Z][a-z]{2}(?: \d{4})? \d\d:\d\d UTC/g, '…')
        .replace('More', 'Finance');
    const lines = new Set(shown.split('\n').map(general));
    assert.deepEqual(
      report.lines.map(general).filter(line => !lines.has(line)),
      [],
    );
    assert.ok(shown.includes('"Demo Build" in stream "Everyone" was rolled back.'));
  }));
