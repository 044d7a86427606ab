import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { visible } from '../../src/base/visible.ts';
import { PROPERTIES, type Stage, shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { runStep, type Step, sitesInput } from './runner.ts';

/** Whoever may make an app or a stream chooses its name. It must be data wherever it turns up. */
const HOSTILE = [
  "O'Neil & Søns #1",
  '..\\..\\x',
  '../../x',
  '..',
  'a/b',
  '/etc/passwd',
  'C:\\Windows\\x',
  '%2e%2e%2fx',
  'CON',
  '-rf *',
  '$(id) `id` ; id',
  '~',
  '😀'.repeat(90),
  '漢'.repeat(200),
  'a\n::set-output name=outcome::failed',
  'b\r::warning::x',
  'c\r\n::error::x\n::stop-commands::x',
  '::warning::x',
  '\u0085::warning::x',
  '##[warning]x',
  'd ##[set-output name=outcome]failed',
  '%0A::warning::x',
  'e\noutcome<<EOF\nfailed\nEOF',
  'outcome=failed',
  '${{ secrets.X }}',
  '${DEV_KEY}',
  '<script>alert(1)</script>',
  '</td></tr></table>\n\n# Title',
  '"><img src=x onerror=alert(1)>',
  '| a | b |\n|---|---|\n| c | d |',
  '[x](javascript:alert(1)) ![x](https://example.com/x.png)',
  '```\n@team &lt;b&gt; <!-- x',
  'g\u2028::warning::x\u2029\u202Efdp',
  "x' or name ne '",
  'null',
];

const SPEC = (folder: string) => ({
  from: 'dev',
  apps: [{ filter: "stream.name eq 'Build'" }],
  to: { properties: { server: 'PromoteToServer', stream: 'PromoteToStream' } },
  backup: join(folder, 'backup'),
  archive: join(folder, 'archive'),
  done: { tag: 'Promoted' },
});

/** Each hostile name is an app on dev that asks for the stream of its own name on test, and an app that is there. */
async function withHostile(
  streams: readonly string[],
  check: (set: Stage, run: (more?: Record<string, string>) => Promise<Step>, root: string) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'qrs-action-hostile-'));
  const folder = join(root, 'a', 'b', 'c', 'd');
  mkdirSync(folder, { recursive: true });
  const set = await stage({
    app: { name: 'Demo Build', stream: 'Build', size: '5 KB' },
    devApps: HOSTILE.map(name => ({
      name: longer(name),
      stream: 'Build',
      size: '5 KB',
      properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: [name] },
    })),
    devData: { customProperties: { ...PROPERTIES, PromoteToStream: HOSTILE } },
    testData: {
      streams: [...streams],
      apps: streams.map(name => ({ name: longer(name), stream: name, size: '4 KB' })),
    },
  });
  const { sites, env } = sitesInput({ dev: set.dev, test: set.test });
  const promote = JSON.stringify(SPEC(folder));
  try {
    await check(set, more => runStep({ inputs: { promote, sites, ...more }, env }), root);
  } finally {
    await set.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** An app may have 255 UTF-16 units, a stream 200. */
function longer(name: string): string {
  return name.startsWith('😀') ? `x${'😀'.repeat(127)}` : name;
}

interface Command {
  name: string;
  data: string;
}

/**
 * What the runner would take for commands: `::name …::data` at the beginning of a line, behind anything that .NET
 * calls white space, and the older `##[name …]data` anywhere in one.
 */
function commandsIn(log: string): Command[] {
  const white = '[\\s\\u0085]*';
  const data = (text = '') => decodeURIComponent(text.replace(/%(?!0A|0D|25)/gi, '%25'));
  return log.split(/\r\n|\r|\n/).flatMap(line => {
    const now = new RegExp(`^${white}::(?<name>[\\w-]+)(?: .*?)?::(?<data>.*)$`, 's').exec(line)?.groups;
    const once = /##\[(?<name>[\w-]+)[^\]]*\](?<data>.*)$/s.exec(line)?.groups;
    return [now, once].flatMap(found => (found ? [{ name: found.name ?? '', data: data(found.data) }] : []));
  });
}

/** Every command is one that the product makes, in the product's own form; the data of those named `name`. */
function own(log: string, name: string): string[] {
  const forms: Record<string, RegExp> = {
    'add-mask': /^(?:-----BEGIN|[A-Za-z0-9+/=%\\\s]{16,}$)/,
    debug: /^(?:GET|POST|PUT|DELETE) |^\S+ (?:GET|POST|PUT|DELETE) /,
    group: /^(?:Survey|Plan|Promotion)$/,
    endgroup: /^$/,
    error: /^(?:App "|… and \d+ more: App ")/,
    warning: /^(?:… and \d+ more: )?(?:App|Site) "/,
  };
  const commands = commandsIn(log);
  for (const { name, data } of commands) assert.match(data, forms[name] ?? /^\b$/, `::${name}::${data}`);
  return commands.filter(command => command.name === name).map(({ data }) => data);
}

/** The texts between the tags, of which there are none but the product's own, with the id of an app at most. */
function textsIn(whole: string): string[] {
  const [summary = '', diagram = ''] = whole.split('\n\n```mermaid\n');
  assert.match(diagram, /^$|^flowchart LR\n(?: {2}[\p{L}\p{N} .,_"[\]()#;>-]+\n)+```\n$/u);
  const tag =
    /<\/?(?:h3|h4|table|tr|th|td|ul|li|details|summary|pre|br|p|span|code)>|<span title="(?:[0-9a-f-]{36}|[\d. KMGB]*in [\d. hmins]+)">/g;
  const texts = summary.split(tag);
  for (const text of texts) assert.doesNotMatch(text, /[<>]/);
  // Markdown would begin after an empty line.
  assert.match(summary, /^<h3>/);
  assert.doesNotMatch(summary.trimEnd(), /(?:\r\n|\r|\n)[ \t]*(?:\r|\n)/);
  return texts.map(text =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#64;', '@')
      .replaceAll('&amp;', '&'),
  );
}

/** Line breaks become a space wherever a name is shown on one line. */
const onOneLine = (name: string) => visible(name).replace(/\s*[\r\n]+\s*/g, ' ');

test('hostile names: promoted, backed up, archived, reported; nothing escapes', () =>
  withHostile(HOSTILE, async (set, run, root) => {
    const { code, log, outputs, summary, files } = await run();
    assert.equal(code, 0, log);
    assert.equal(outputs.outcome, 'promoted');
    assert.deepEqual(shelf(set.test), HOSTILE.map(name => `${longer(name)}@${name}`).sort());

    assert.deepEqual(own(log, 'group'), ['Survey', 'Plan', 'Promotion']);
    assert.deepEqual([...own(log, 'error'), ...own(log, 'warning')], []);

    const texts = textsIn(summary);
    for (const name of HOSTILE) {
      assert.ok(texts.includes(onOneLine(longer(name))), `the app ${JSON.stringify(name)} is in the summary`);
      assert.ok(texts.includes(onOneLine(name)), `the stream ${JSON.stringify(name)} is in the summary`);
    }

    assert.deepEqual(Object.keys(outputs).sort(), [
      'archive-path',
      'backup-path',
      'outcome',
      'result',
      'result-path',
    ]);
    const result = JSON.parse(outputs.result ?? '');
    const promoted = new Map<
      string,
      { id: string; stream: string; did: string; app: string; backup: string }
    >(
      result.apps
        .filter(({ verdict }: { verdict: string }) => verdict === 'promote')
        .map((app: { id: string; name: string; targets: [{ streams: [object] }] }) => [
          app.name,
          { ...app.targets[0].streams[0], id: app.id },
        ]),
    );
    assert.deepEqual([...promoted.keys()].sort(), HOSTILE.map(longer).sort());
    for (const name of HOSTILE) {
      const done = promoted.get(longer(name)) ?? assert.fail();
      assert.deepEqual([done.stream, done.did], [name, 'replaced']);
      assert.equal(await set.test.digest(done.app), await set.dev.digest(done.id));
      assert.deepEqual(tagsOf(set.dev, done.id), ['Promoted']);
    }

    checkFiles(root, [...promoted.values()]);
    assert.deepEqual(files, [outputs['result-path']?.split('/').at(-1)]);

    const again = await run();
    assert.deepEqual([again.code, again.outputs.outcome], [0, 'nothing-to-do']);
  }));

/** What was kept lies in its folder, two and no levels down, under names that any file system takes. */
function checkFiles(root: string, promoted: readonly { id: string; app: string; backup: string }[]): void {
  const found = globSync('**/*', { cwd: root, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = found.map(entry => join(entry.parentPath, entry.name).slice(root.length + 1));
  const part = String.raw`(?!\.)(?!(?:CON|NUL)(?:\.|/))[\p{L}\p{N} ._()-]{0,254}[\p{L}\p{N}_()-]`;
  const kept = new RegExp(
    `^a/b/c/d/(?:backup/test/${part}/${part}\\.(?:qvf|json)|archive/${part}\\.qvf)$`,
    'u',
  );
  for (const path of paths) {
    assert.match(path, kept);
    for (const name of path.split('/')) assert.ok(Buffer.byteLength(name) <= 255, name);
  }
  assert.equal(paths.length, 3 * HOSTILE.length);
  for (const { id, app, backup } of promoted) {
    assert.ok(paths.some(path => path.startsWith('a/b/c/d/archive/') && path.endsWith(`-${id}.qvf`)));
    assert.ok(paths.some(path => path.startsWith('a/b/c/d/backup/') && path.includes(`-${app}-`)));
    assert.ok(backup.startsWith(root) && paths.includes(backup.slice(root.length + 1)));
  }
}

test('hostile names: in a refusal, an annotation and a warning they stay text', () =>
  withHostile(['Everyone'], async (_, run) => {
    const { code, log, outputs, summary } = await run();
    assert.equal(code, 1);
    assert.equal(outputs.outcome, 'failed');
    const errors = own(log, 'error');
    assert.equal(errors.length, 10, 'a step shows ten');
    for (const [index, name] of HOSTILE.slice(0, 9).entries()) {
      assert.ok(errors[index]?.startsWith(`App "${onOneLine(longer(name))}": `), errors[index]);
    }
    assert.ok(errors.every(error => !/[\r\n]|##\[/.test(error)));
    assert.match(errors[9] ?? '', /^… and \d+ more: App "/);
    const texts = textsIn(summary);
    for (const name of HOSTILE) {
      assert.ok(
        texts.some(text => text.startsWith(`App "${onOneLine(longer(name))}": `)),
        name,
      );
    }
    assert.equal(JSON.parse(outputs.result ?? '').apps.length, HOSTILE.length + 1);
  }));

test('hostile names: what a site answers cannot speak to the runner or the page', () =>
  withHostile(HOSTILE, async (set, run) => {
    set.test.faults.add({
      path: /upload/,
      times: Number.POSITIVE_INFINITY,
      fault: { status: 400, body: 'No.\n::warning::x\r\n##[error]x\n\n<script>x</script>\u0085::debug::x' },
    });
    const { code, log, summary, outputs } = await run();
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
    assert.equal(own(log, 'error').length, 10);
    assert.ok(textsIn(summary).some(text => text.includes('400 No. ::warning::x ##[error]x <script>')));
    assert.equal(JSON.parse(outputs.result ?? '').outcome, 'failed');
  }));
