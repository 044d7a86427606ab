import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import type { Report } from '../../src/base/report.ts';
import { check } from '../../src/check/check.ts';
import type { CheckRequest } from '../../src/check/rehearse.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { readRequest } from '../../src/reload/request.ts';
import type { Site } from '../../src/sites/site.ts';
import {
  changes,
  keepingLog,
  quickClock,
  SPEC,
  type Stage,
  type StageOptions,
  stage,
} from '../sites-for-tests.ts';

interface Finding {
  site?: string;
  about: string;
  state: string;
  says: string;
  next?: string;
}

interface Checked {
  report: Report;
  /** What was found about something, of a site or of this machine. */
  of(about: string, site?: string): Finding | undefined;
}

async function checked(
  set: Stage,
  asked: Partial<CheckRequest> = {},
  sites: readonly Site[] = set.sites,
): Promise<Checked> {
  const report = await check(
    { names: [], spec: undefined, request: undefined, ...asked },
    {
      sites,
      event: undefined,
      folder: tmpdir(),
      run: 'run-1',
      clock: quickClock(),
      signal: new AbortController().signal,
      log: keepingLog(),
    },
  );
  const findings = report.result.findings;
  assert.ok(Array.isArray(findings));
  return { report, of: (about, site) => findings.find(one => one.about === about && one.site === site) };
}

/** What is found at two sites, of which nothing is changed. */
async function at(options: StageOptions, look: (set: Stage) => Promise<void>): Promise<void> {
  const set = await stage(options);
  try {
    await look(set);
    const isPreview = (line: string) => line.includes('previewcreateprivilege');
    for (const site of [set.dev, set.test])
      assert.deepEqual(
        changes(site).filter(line => !isPreview(line)),
        [],
      );
  } finally {
    await set.stop();
  }
}

const specOf = (text: string) => readSpec({ from: 'spec', text });
const LIST = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\n';

test('check: two sites where all is well, side by side', () =>
  at({}, async set => {
    const { report, of } = await checked(set, { spec: specOf(LIST) });
    assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    assert.deepEqual(report.table.head, ['', 'dev', 'test']);
    assert.equal(report.table.folded, undefined, 'all rows are shown');
    assert.match(report.remarks?.join() ?? '', /^✓ The spec: can be done,✓ Disk for apps: /);
    for (const site of ['dev', 'test']) {
      assert.match(of('name', site)?.says ?? '', /127\.0\.0\.1|::1/);
      assert.match(of('port', site)?.says ?? '', /^\d+ open, \d+ ms$/);
      assert.match(of('certificate', site)?.says ?? '', /^until \d{4}-\d\d-\d\d$/);
      assert.equal(of('signed in', site)?.says, 'as INTERNAL\\sa_api');
      assert.equal(of('version', site)?.says, '38.22.0.0');
      assert.equal(of('clock', site)?.says, 'agrees');
    }
    assert.deepEqual(of('may create apps', 'test'), {
      site: 'test',
      about: 'may create apps',
      state: 'ok',
      says: 'yes',
    });
    assert.equal(of('may create apps', 'dev'), undefined);
    assert.equal(of('stream Review', 'test')?.says, 'may publish');
    assert.equal(of('app Demo Build', 'dev')?.says, 'may read, export');
    assert.equal(of('the spec')?.says, 'can be done');
    assert.match(of('disk for apps')?.says ?? '', / free$/);
  }));

test('check: whether the user may make the reload task that the spec asks for, and see those before it', () => {
  const lacks = { 'INTERNAL\\sa_api': { ReloadTask: ['create' as const] } };
  const tasks = [{ name: 'Load QVDs', type: 'external' as const }];
  return at({ testData: { streams: ['Everyone', 'Review'], tasks, lacks } }, async set => {
    const { of } = await checked(set, { spec: specOf(`${LIST}reload-task: { after: [Load QVDs] }`) });
    assert.equal(of('may read tasks', 'test')?.says, 'yes, 1');
    assert.match(
      of('may create reload tasks', 'test')?.next ?? '',
      /the right to create reload tasks, for reload-task/,
    );
    assert.equal(of('may create reload tasks', 'dev'), undefined);
  });
});

test('check: whether the user may read what the spec requires, in one row for each kind', () => {
  const requires = `${LIST}requires: { connections: [Sales DB], extensions: [qlik-chart-x], tasks: [Load QVDs] }`;
  const lacks = { 'INTERNAL\\sa_api': { Extension: ['read' as const], Task: ['read' as const] } };
  return at({ testData: { connections: ['Sales DB', 'Other'], lacks } }, async set => {
    const { report, of } = await checked(set, { spec: specOf(requires) });
    assert.deepEqual(of('may read data connections', 'test')?.says, 'yes, 2');
    assert.deepEqual(of('may read extensions', 'test')?.state, 'warning');
    assert.match(of('may read extensions', 'test')?.next ?? '', /give INTERNAL\\sa_api Read on them/);
    assert.deepEqual(of('may read tasks', 'test')?.state, 'failed');
    assert.match(of('may read tasks', 'test')?.next ?? '', /the right to read tasks/);
    assert.equal(of('may read tasks', 'dev'), undefined, 'the source needs none of it');
    assert.match(report.failures.join('\n'), /no extension "qlik-chart-x"/);
  });
});

test('check: rights that the spec needs and the user lacks would fail, each with its next step', () =>
  at(
    {
      devData: { lacks: { 'INTERNAL\\sa_api': { App: ['export'] } } },
      testData: {
        streams: ['Everyone', 'Review'],
        lacks: { 'INTERNAL\\sa_api': { App: ['create'], Stream: ['publish'] } },
      },
    },
    async set => {
      set.dev.site.lacks = { 'INTERNAL\\sa_api': { App: ['export', 'update'] } };
      const { report, of } = await checked(set, { spec: specOf(`${LIST}done: { tag: Promoted }\n`) });
      assert.equal(report.outcome, 'failed');
      assert.equal(of('may create apps', 'test')?.state, 'failed');
      assert.equal(of('stream Review', 'test')?.says, 'no right to publish');
      assert.equal(of('stream Review', 'test')?.next, 'Give INTERNAL\\sa_api Publish on stream "Review".');
      assert.equal(of('app Demo Build', 'dev')?.says, 'may not export, update');
      assert.equal(report.failures.length, 4);
      for (const failure of report.failures) assert.match(failure, /\. Give INTERNAL\\sa_api /);
    },
  ));

test('check: what a site does not show is not known, and no failure', () =>
  at({ devSwitches: { showsPrivileges: false }, testSwitches: { showsPrivileges: false } }, async set => {
    const fault = { path: /previewcreateprivilege/, times: 9, fault: { status: 404 } };
    set.test.faults.add(fault);
    const { report, of } = await checked(set, { spec: specOf(LIST) });
    assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    assert.equal(of('stream Review', 'test')?.state, 'not known');
    assert.equal(of('app Demo Build', 'dev')?.state, 'not known');
    assert.deepEqual(of('may create apps', 'test')?.says, 'the site does not say');
    assert.match(report.lines.at(-1) ?? '', /Not known \(\?\), as the site does not show it: 4\.$/);
  }));

test('check: with properties, what they allow is held against the sites and their streams', () =>
  at({}, async set => {
    const { report, of } = await checked(set, { spec: specOf(SPEC) });
    assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    const server = of('property PromoteToServer', 'dev');
    assert.equal(server?.state, 'warning');
    assert.match(server?.next ?? '', /No site is called as in "Prod - Overwrite"/);
    assert.equal(of('stream Everyone', 'test')?.state, 'ok');
    assert.equal(of('stream Foo', 'test')?.says, 'not there');
    assert.equal(of('the spec'), undefined, 'no event names an app');
    const misspelt = await checked(set, { spec: specOf(SPEC.replace('PromoteToServer', 'PromoteToSever')) });
    assert.equal(misspelt.of('property PromoteToSever', 'dev')?.state, 'failed');
  }));

test('check: a request for a task that is not there, and for an app', () =>
  at({}, async set => {
    const request = (text: string) => readRequest({ from: 'request', text });
    const task = await checked(set, { request: request('site: test\ntask: Nightly') });
    assert.equal(task.report.outcome, 'failed');
    assert.match(task.of('the request')?.next ?? '', /has no task called "Nightly"/);
    const app = await checked(set, { request: request('site: test\napp: Demo Build') });
    assert.equal(app.report.outcome, 'checked', app.report.failures.join('\n'));
    assert.equal(app.of('may create reload tasks', 'test')?.says, 'yes');
  }));

interface Row {
  name: string;
  site: (site: Site, set: Stage) => Partial<Site>;
  about: string;
  says: RegExp;
  next: RegExp;
}

const BROKEN: Row[] = [
  {
    name: 'a host that nobody knows',
    site: () => ({ url: 'https://nowhere.invalid:4242' }),
    about: 'name',
    says: /^(ENOTFOUND|EAI_AGAIN)$/,
    next: /Is the host nowhere\.invalid right/,
  },
  {
    name: 'a port on which nothing listens',
    site: () => ({ url: 'https://localhost:1' }),
    about: 'port',
    says: /^ECONNREFUSED$/,
    next: /Does something listen at localhost:1/,
  },
  {
    name: 'the authority of another site',
    site: (_, { dev }) => ({ ca: dev.ca }),
    about: 'certificate',
    says: /^localhost.*; not trusted: \w+$/,
    next: /Give the root\.pem/,
  },
  {
    name: 'a name that the certificate does not have',
    site: () => ({ serverName: 'QLIK-TEST01' }),
    about: 'certificate',
    says: /not trusted: ERR_TLS_CERT_ALTNAME_INVALID/,
    next: /Set server-name to a name that the certificate has: localhost/,
  },
  {
    name: 'a user that the site does not know',
    site: () => ({ user: 'INTERNAL\\nobody' }),
    about: 'signed in',
    says: /^no$/,
    next: /403/,
  },
];

for (const { name, site, about, says, next } of BROKEN) {
  test(`check: ${name} is found at its step; the other site is checked all the same`, () =>
    at({}, async set => {
      const [dev, other] = set.sites;
      assert.ok(dev && other);
      const sites = [dev, { ...other, ...site(other, set) }];
      const { report, of } = await checked(set, { spec: specOf(LIST) }, sites);
      assert.equal(report.outcome, 'failed');
      const finding = of(about, 'test');
      assert.equal(finding?.state, 'failed');
      assert.match(finding?.says ?? '', says);
      assert.match(finding?.next ?? '', next);
      const cell = [...report.table.rows].find(([row]) => row === about)?.[2];
      assert.match(String(cell), /^❌ /, 'a failure stands out in the summary');
      assert.ok(
        report.lines.every(line => line.length <= 120),
        `too wide for a terminal:\n${report.lines.join('\n')}`,
      );
      assert.equal(of('signed in', 'dev')?.state, 'ok');
      assert.equal(of('app Demo Build', 'dev')?.state, 'ok');
    }));
}

test('check: a clock that is off is a warning', () =>
  at({ testSwitches: { ahead: 90_000 } }, async set => {
    const { report, of } = await checked(set);
    assert.equal(report.outcome, 'checked');
    assert.match(of('clock', 'test')?.says ?? '', /^(89|90|91) s ahead$/);
    assert.equal(report.verdict, 'Nothing would fail. Look at 1 warning.');
    const rows = [...report.table.rows];
    assert.match(rows.join(' / '), /^clock,✓ agrees,⚠️ \d\d s ahead$/, 'only what somebody has to look at');
    assert.match(report.table.folded?.title ?? '', /^Fine: \d+$/);
    assert.match(report.lines.join('\n'), /^clock +✓ agrees +! \d\d s ahead$/m);
  }));

test('check: sites are chosen by any of their names, and a name that none has is wrong use', () =>
  at({}, async set => {
    const { report } = await checked(set, { names: ['TEST'] });
    assert.deepEqual(report.table.head, ['', 'test']);
    await assert.rejects(checked(set, { names: ['tset'] }), error => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /No site is called "tset"\. Did you mean "test"\?/);
      return true;
    });
  }));

test('check: a dead source hides nothing of what the target does not have', () =>
  at({}, async set => {
    set.dev.faults.add({ times: Number.POSITIVE_INFINITY, fault: { hangUp: 'before' } });
    const spec = specOf(
      'from: dev\nto: [{ site: test, streams: [Evryone], owner: COMPANY\\nobody, custom-properties: { Nothing: x } }]',
    );
    const { report } = await checked(set, { spec });
    const said = report.failures.join('\n');
    for (const pattern of [
      /Site "dev": signed in: no/,
      /"test" has none of the wanted streams: "Evryone"\. Did you mean "Everyone"\?/,
      /"test" has no user COMPANY\\nobody/,
      /"test" has no custom property "Nothing"/,
    ])
      assert.match(said, pattern);
  }));
