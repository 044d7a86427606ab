import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * The house (docs/architecture.md): each room, and the rooms it may use beside itself. Imports go down only.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  action: ['entry', 'promote', 'reload', 'sites', 'net', 'base'],
  cli: ['entry', 'promote', 'reload', 'relay', 'sites', 'base'],
  entry: ['promote', 'check', 'reload', 'sites', 'net', 'base'],
  check: ['promote', 'reload', 'qrs', 'sites', 'net', 'base'],
  promote: ['reload', 'when', 'qrs', 'sites', 'base'],
  relay: ['when', 'qrs', 'github', 'sites', 'net', 'base'],
  when: ['base'],
  reload: ['qrs', 'sites', 'base'],
  qrs: ['sites', 'net', 'base'],
  github: ['net', 'base'],
  sites: ['net', 'base'],
  net: ['base'],
  base: [],
};

/** The simulator's wings, and what each may use beside itself. A site knows nothing of GitHub or of a proxy before it. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  github: ['wire', 'verbs', 'site'],
  proxy: ['server.ts', 'wire'],
  'main.ts': ['server.ts', 'site'],
  'server.ts': ['wire', 'verbs', 'shown', 'site'],
  wire: ['verbs', 'shown', 'site'],
  verbs: ['shown', 'site'],
  shown: ['site'],
  site: [],
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)';|^import '([^']+)';|\bimport\('([^']+)'\)/gm),
  ].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

function sources(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT }).map(withSlashes);
}

function target(file: string, specifier: string): string {
  return withSlashes(relative(ROOT, join(ROOT, dirname(file), specifier)));
}

/** Windows writes paths with backslashes. */
function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}

test('imports in src/ go down only', () => {
  const files = sources('src/**/*.ts');
  assert.ok(files.length > 20);
  for (const file of files) {
    const room = file.split('/')[1] ?? '';
    const allowed = ROOMS[room];
    assert.ok(allowed, `${file} is in a room that the house does not have`);
    for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
      const [top, other = ''] = target(file, specifier).split('/');
      assert.equal(top, 'src', `${file} reaches out of src/ for ${specifier}`);
      assert.ok(other === room || allowed.includes(other), `${file} must not import from ${other}/`);
    }
  }
});

test('imports between the wings of the simulator go one way', () => {
  for (const file of sources('simulator/**/*.ts')) {
    const wing = file.split('/')[1] ?? '';
    const allowed = WINGS[wing];
    assert.ok(allowed, `${file} is in a wing that the simulator does not have`);
    for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
      const [, other = ''] = target(file, specifier).split('/');
      assert.ok(other === wing || allowed.includes(other), `${file} must not import ${specifier}`);
    }
  }
});

test('imports in src/ and in simulator/ make no circle, imports of types included', () => {
  const arrows = new Map(
    sources('{src,simulator}/**/*.ts').map(file => [
      file,
      importsOf(file)
        .filter(name => name.startsWith('.'))
        .map(specifier => target(file, specifier)),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (way.includes(file) || done.has(file)) return;
    for (const next of arrows.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of arrows.keys()) walk(file, []);
  assert.deepEqual(circles, []);
});

test('no file of src/ has more than 200 lines', () => {
  const lines = sources('src/**/*.ts').map(file => ({
    file,
    lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1,
  }));
  assert.deepEqual(
    lines.filter(({ lines }) => lines > 200),
    [],
  );
});

/** The nouns and verbs of a flow, which every flow has. */
const OF_A_FLOW = /^(spec|survey|plan|execute|outcome|report|reportOf)$/i;

test('an exported name means one thing in all of src/', () => {
  const files = new Map<string, string[]>();
  for (const file of sources('src/**/*.ts')) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const exported =
      /^export (?:async |abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;
    for (const [, name = ''] of text.matchAll(exported)) {
      if (!OF_A_FLOW.test(name)) files.set(name, [...(files.get(name) ?? []), file]);
    }
  }
  assert.ok(files.size > 500);
  assert.deepEqual(
    [...files].filter(([, all]) => all.length > 1),
    [],
  );
});

test('no other file of a room declares a name that one of its files exports', () => {
  const rooms = new Map<string, { file: string; name: string; isExported: boolean }[]>();
  for (const file of sources('src/**/*.ts')) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const declared =
      /^(export )?(?:async |abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;
    const room = file.split('/')[1] ?? '';
    for (const [, exported, name = ''] of text.matchAll(declared)) {
      const one = { file, name, isExported: exported !== undefined };
      rooms.set(room, [...(rooms.get(room) ?? []), one]);
    }
  }
  const twice = [...rooms.values()].flatMap(all =>
    all
      .filter(one => one.isExported && !OF_A_FLOW.test(one.name))
      .flatMap(({ name, file }) =>
        all
          .filter(other => other.name === name && other.file !== file)
          .map(other => [name, file, other.file]),
      ),
  );
  assert.deepEqual(twice, []);
});

test('the simulator and the product know each other by the wire alone', () => {
  const files = sources('simulator/**/*.ts');
  assert.ok(files.length > 5);
  for (const file of files) {
    for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
      assert.equal(target(file, specifier).split('/')[0], 'simulator', `${file} imports ${specifier}`);
    }
  }
});

test('only action/ knows the runner, and only entries touch the process', () => {
  for (const file of sources('src/**/*.ts').filter(name => !name.startsWith('src/action/'))) {
    assert.ok(!importsOf(file).some(name => name.startsWith('@actions/')), `${file} imports @actions/*`);
    // An entry, and what only entries call.
    if (/^src\/(relay\/main|cli\/main|base\/heap|base\/node-version)\.ts$/.test(file)) continue;
    const text = readFileSync(join(ROOT, file), 'utf8');
    assert.doesNotMatch(
      text,
      /process\.(env|exitCode|argv|stdout|on\()|node:v8/,
      `${file} touches the process`,
    );
  }
});

test('only github/ knows how GitHub is called', () => {
  for (const file of sources('src/**/*.ts').filter(name => !name.startsWith('src/github/'))) {
    const libraries = importsOf(file).filter(name => /^@octokit\/|github-app-jwt/.test(name));
    assert.deepEqual(libraries, [], file);
  }
});

test('only qrs/ knows the paths of QRS', () => {
  for (const file of sources('src/**/*.ts').filter(name => !name.startsWith('src/qrs/'))) {
    assert.doesNotMatch(readFileSync(join(ROOT, file), 'utf8'), /['"`]\/qrs\//, file);
  }
});

test('a plan and a report are pure', () => {
  const files = [
    'survey/wish',
    'survey/evidence',
    'plan/plan',
    'plan/plan-target',
    'plan/plan-done',
    'plan/pick-streams',
    'plan/attributes',
    'plan/warnings',
    'credit',
    'stamp',
    'version',
    'outcome',
  ].map(name => `src/promote/${name}.ts`);
  const checks = ['wanted', 'finding', 'findings', 'judge-rights', 'report'].map(
    name => `src/check/${name}.ts`,
  );
  const reporting = globSync('src/promote/report/*.ts', { cwd: ROOT });
  for (const file of [
    ...files,
    ...reporting,
    ...checks,
    'src/reload/plan.ts',
    'src/reload/report.ts',
    'src/relay/hear/notification.ts',
    'src/relay/decide/decide.ts',
  ]) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    assert.doesNotMatch(
      text,
      /\bawait\b|\basync\b|Date\.now|new Date\(\)|\.(info|debug|warning)\(|Math\.random/,
      file,
    );
  }
});

test('every entry looks at the version of Node before anything else', () => {
  const entries = sources('src/**/main.ts');
  assert.ok(entries.length >= 4);
  for (const file of entries) {
    assert.equal(target(file, importsOf(file)[0] ?? ''), 'src/base/node-version.ts', file);
  }
});

test('what the bundles hold of zod is what is used', () => {
  // The bundler leaves out what a namespace is not asked for; of the name "z" it takes all, with every language.
  for (const file of sources('src/**/*.ts')) {
    assert.doesNotMatch(
      readFileSync(join(ROOT, file), 'utf8'),
      /import \{[^}]*\} from 'zod'/,
      `${file}: write import * as z from 'zod'`,
    );
  }
});

test('every room says in its README what it holds, what may come in, and where to begin', () => {
  for (const room of ['', ...Object.keys(ROOMS)].map(name => join('src', name))) {
    const text = readFileSync(join(ROOT, room, 'README.md'), 'utf8');
    for (const [, file = ''] of text.matchAll(/`([\w/-]+\.ts)`/g)) {
      const places = [join(ROOT, room, file), join(ROOT, 'src', file), join(ROOT, file)];
      assert.ok(places.some(existsSync), `${room}/README.md names ${file}, which is not there`);
    }
  }
});

test('a name is imported from the file that declares it', () => {
  for (const file of sources('{src,simulator}/**/*.ts')) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    assert.doesNotMatch(text, /^export (type )?(\{[^}]|\*)/m, `${file} hands on what another file declares`);
  }
});

test('no file is named after nothing', () => {
  const names = sources('{src,simulator,test,bench,demo}/**/*.ts');
  assert.deepEqual(
    names.filter(name => /(^|\/)(utils?|helpers?|common|misc|types)\.ts$/.test(name)),
    [],
  );
});
