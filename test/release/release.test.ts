import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The steps of a release, run against a stand-in for GitHub's command line (gh.ts). */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const TAG = `v${version}`;
const FILES = ['SHA256SUMS', `qrs-action-${version}.tar.gz`];

const EMPTY = {
  releases: [],
  latest: '',
  tags: { [TAG]: 'c1' },
  compared: { c1: 'identical' },
  failAt: 0,
  doneFirst: false,
  refuse: '',
  calls: [],
};
type World = Omit<typeof EMPTY, 'releases' | 'calls' | 'tags' | 'compared'> & {
  releases: { tagName: string; isDraft: boolean; assets: { name: string }[]; notes?: string }[];
  calls: string[];
  tags: Record<string, string>;
  compared: Record<string, string>;
};

interface Stage {
  draft(): { status: number | null; output: string };
  majorTag(tag: string): { status: number | null; output: string };
  world(): World;
  change(world: Partial<World>): void;
}

function on(world: Partial<World>, check: (stage: Stage) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action release '));
  const file = join(folder, 'world.json');
  const files = join(folder, 'release');
  const save = (all: World) => writeFileSync(file, JSON.stringify(all));
  const read = (): World => JSON.parse(readFileSync(file, 'utf8'));
  const run = (script: string, ...args: string[]) => {
    const PATH = `${folder}${delimiter}${process.env.PATH}`;
    const { status, stdout, stderr } = spawnSync('bash', [join(ROOT, '.ci/release', script), ...args], {
      encoding: 'utf8',
      env: { ...process.env, PATH, GH_WORLD: file, GH_REPO: 'o/r', GITHUB_STEP_SUMMARY: '' },
    });
    return { status, output: stdout + stderr };
  };
  try {
    save({ ...EMPTY, ...world });
    const gh = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'test/release/gh.ts')}" "$@"\n`;
    writeFileSync(join(folder, 'gh'), gh, { mode: 0o755 });
    mkdirSync(files);
    for (const name of FILES) writeFileSync(join(files, name), name);
    check({
      draft: () => run('draft', TAG, 'c1', files),
      majorTag: tag => run('major-tag', tag),
      world: read,
      change: more => save({ ...read(), failAt: 0, refuse: '', ...more, calls: [] }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const published = (tagName: string) => ({ tagName, isDraft: false, isPrerelease: false, assets: [] });
const names = ({ releases }: World) => releases.map(({ assets }) => assets.map(({ name }) => name).sort());

test('release: a draft has its text and its files, and says what a person has to do', () => {
  on({}, ({ draft, world }) => {
    const { status, output } = draft();
    assert.equal(status, 0, output);
    assert.deepEqual(names(world()), [FILES]);
    const [release] = world().releases;
    assert.equal(release?.isDraft, true);
    assert.match(release?.notes ?? '', /uses: o\/r@c1 # v/);
    assert.match(output, /Marketplace/);
  });
});

test('release: a failure at any step is made good by running the job again', () => {
  on({}, ({ draft, world }) => {
    draft();
    const steps = world().calls.length;
    assert.ok(steps >= 4);
    for (const doneFirst of [false, true]) {
      for (let failAt = 1; failAt <= steps; failAt += 1) {
        on({ failAt, doneFirst }, stage => {
          assert.notEqual(stage.draft().status, 0, `step ${failAt} fails`);
          stage.change({});
          const { status, output } = stage.draft();
          assert.equal(status, 0, output);
          assert.deepEqual(names(stage.world()), [FILES], 'one draft, whole');
        });
      }
    }
  });
});

test('release: a draft loses the files of an earlier try, and a published release is left alone', () => {
  const old = { ...published(TAG), isDraft: true, assets: [{ name: 'old.tar.gz' }] };
  on({ releases: [old] }, ({ draft, world }) => {
    assert.equal(draft().status, 0);
    assert.deepEqual(names(world()), [FILES]);
  });
  on({ releases: [published(TAG)] }, ({ draft, world }) => {
    assert.equal(draft().status, 0);
    assert.deepEqual(world().releases, [published(TAG)]);
  });
  on({ releases: [old, old] }, ({ draft }) => assert.match(draft().output, /delete all drafts but one/));
});

test('release: the major tag is made, moved forwards only, and only for a commit of main', () => {
  const releases = ['v1.0.0', 'v1.9.0', 'v1.10.0', 'v2.0.0'].map(published);
  const tags = { 'v1.0.0': 'a', 'v1.9.0': 'b', 'v1.10.0': 'c', 'v2.0.0': 'd', v10: 'x' };
  const compared = { a: 'behind', b: 'behind', c: 'behind', d: 'identical' };
  on({ releases, tags, compared }, ({ majorTag, world }) => {
    assert.match(majorTag('v1.9.0').output, /v1 stays at v1\.10\.0/);
    assert.equal(world().tags.v1, undefined);
    assert.equal(majorTag('v1.10.0').status, 0);
    assert.equal(world().tags.v1, 'c');
    assert.equal(world().latest, 'v2.0.0', 'a patch of an older line is not the latest release');
    assert.match(majorTag('v1.10.0').output, /already/);
    assert.equal(majorTag('v2.0.0').status, 0);
    assert.deepEqual([world().tags.v1, world().tags.v2, world().tags.v10], ['c', 'd', 'x']);
  });
  on({ releases, tags, compared: { ...compared, d: 'diverged' } }, ({ majorTag, world }) => {
    assert.match(majorTag('v2.0.0').output, /not on main/);
    assert.equal(world().tags.v2, undefined);
  });
  on({ releases: [{ ...published('v3.0.0'), isDraft: true }], tags }, ({ majorTag }) => {
    assert.match(majorTag('v3.0.0').output, /is not published/);
    assert.match(majorTag('v3').output, /no tag of a release/);
  });
});

test('release: a refused move of the major tag fails, says what to do by hand, and can be repeated', () => {
  const world = {
    releases: [published('v1.2.0')],
    tags: { 'v1.2.0': 'b', v1: 'a' },
    compared: { b: 'behind' },
  };
  on({ ...world, refuse: '--method PATCH' }, stage => {
    const { status, output } = stage.majorTag('v1.2.0');
    assert.equal(status, 1);
    assert.match(output, /git push --force origin "?b:refs\/tags\/v1"?/);
    assert.equal(stage.world().tags.v1, 'a');
    stage.change({});
    assert.equal(stage.majorTag('v1.2.0').status, 0);
    assert.equal(stage.world().tags.v1, 'b');
  });
});

test('release: the version of package.json has an entry in the change log', () => {
  const headings = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').match(/^## \S+/gm) ?? [];
  assert.equal(headings[0], `## ${version}`);
});

test('release: what action.yml starts, and each chunk of it, is in the archive of the action', () => {
  const [, paths = ''] = /^pack qrs-action (.+)$/m.exec(readFileSync(join(ROOT, '.ci/assets'), 'utf8')) ?? [];
  const list = spawnSync('bash', ['-c', `git archive --format tar HEAD ${paths} | tar -t`], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  assert.equal(list.status, 0, list.stderr);
  const packed = list.stdout.split('\n');
  const action = readFileSync(join(ROOT, 'action.yml'), 'utf8');
  const started = [...action.matchAll(/^ {2}(?:main|post): (\S+)$/gm)].map(([, file = '']) => file);
  const chunks = globSync('dist/*.js', { cwd: ROOT }).map(file => file.replaceAll('\\', '/'));
  assert.equal(started.length, 2);
  for (const file of [...started, ...chunks]) assert.ok(packed.includes(file), `${file} is not packed`);
});
