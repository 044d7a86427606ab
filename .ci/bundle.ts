import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

/**
 * Makes dist/ out of build/: each entry in a folder with all that it needs, and what it imports late in files of
 * their own. Run by "npm run build", in the root of the repository.
 *
 * `node .ci/bundle.ts ENTRY FOLDER` makes what an executable holds (.ci/executables).
 */
const ENTRIES: Readonly<Record<string, string>> = {
  action: 'dist',
  [join('action', 'post')]: join('dist', 'post'),
  cli: join('dist', 'cli'),
  relay: join('dist', 'relay'),
};

/**
 * An older Node does not have all of Node's own modules, and would say so before the entry can say which Node it needs:
 * each is loaded by require, in its turn. Each name is an export of its own, because esbuild would copy all names of a
 * required module for each file that imports it.
 */
const builtinsByRequire: Plugin = {
  name: 'builtins by require',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
    onResolve({ filter }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'builtin', sideEffects: false },
    );
    onLoad({ filter, namespace: 'builtin' }, ({ path }) => ({
      contents: exportsOf(path),
    }));
  },
};

function exportsOf(builtin: string): string {
  const names = Object.keys(createRequire(import.meta.url)(builtin)).filter(name => name !== 'default');
  return [
    `const all = require(${JSON.stringify(builtin)});`,
    'export default all;',
    ...names.map(name => `export const ${name} = /* @__PURE__ */ (() => all.${name})();`),
  ].join('\n');
}

/** Uses no more of undici than this, and no HTTP/2 (src/net/connections.ts). */
const USES_PARTS = /build[/\\]net[/\\]connections\.js$|@actions[/\\]http-client/;
const PARTS: Readonly<Record<string, string>> = {
  undici: `
    Object.assign(require('undici/lib/dispatcher/dispatcher').prototype, require('undici/lib/api'));
    exports.Pool = require('undici/lib/dispatcher/pool');
    exports.ProxyAgent = require('undici/lib/dispatcher/proxy-agent');
    exports.buildConnector = require('undici/lib/core/connect');`,
  http2: "module.exports = (...given) => require('undici/lib/dispatcher/client-h2.js')(...given);",
};

/**
 * Loads what the first request needs of undici: its index also loads fetch, WebSocket, caches and mocks, and each
 * client loads HTTP/2. Together they took a fifth of the time to that request.
 */
const partsOfUndici: Plugin = {
  name: 'parts of undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      USES_PARTS.test(importer) ? { path: 'undici', namespace: 'parts' } : undefined,
    );
    onResolve({ filter: /^\.\/client-h2\.js$/ }, () => ({ path: 'http2', namespace: 'parts' }));
    onLoad({ filter: /.*/, namespace: 'parts' }, ({ path }) => ({
      resolveDir: process.cwd(),
      contents: PARTS[path] ?? '',
    }));
  },
};

/** Leaves out the parts of @actions/core that run programs and ask for OIDC tokens, as nothing here does. */
const partsOfCore: Plugin = {
  name: 'parts of @actions/core',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(oidc-utils|platform)\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  metafile: true,
  // undici then leaves out a second parser, which it does not use unless it is asked to.
  define: { esbuildDetection: 'true' },
  // The package has the same code twice. As ES modules it takes 17 kB less, and a twentieth off the time to the first
  // request.
  alias: { yaml: join(process.cwd(), 'node_modules/yaml/browser/dist/index.js') },
  plugins: [builtinsByRequire, partsOfUndici, partsOfCore],
} as const;

/** What packages in CommonJS expect in any module. */
const REQUIRE =
  "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);";

async function bundle(entry: string, folder: string): Promise<void> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: { index: join('build', entry, 'main.js') },
    outdir: folder,
    splitting: true,
    chunkNames: '[name]-[hash]',
    banner: { js: REQUIRE },
  });
  writeFileSync(join(folder, 'package.json'), '{\n  "type": "module"\n}\n');
  writeLicences(metafile, folder);
}

/**
 * One script, as Node 24 runs nothing else inside an executable: no import, and the await of the entry inside a
 * function.
 */
async function bundleScript(entry: string, folder: string): Promise<void> {
  const { metafile, outputFiles } = await build({
    ...COMMON,
    entryPoints: { index: join('build', entry, 'main.js') },
    outdir: folder,
    write: false,
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of outputFiles)
    writeFileSync(path, `(async () => {\n${text.replace(/^#!.*\n/, '')}})();\n`);
  writeLicences(metafile, folder);
}

/** The packages that gave code to the files of a folder: name, licence, and its text. */
function writeLicences({ outputs }: Metafile, folder: string): void {
  const sources = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  const homes = sources
    .map(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter(home => home !== undefined);
  const texts = [...new Set(homes)].map(licenceOf).sort();
  writeFileSync(join(folder, 'licenses.txt'), `${[...new Set(texts)].join('\n\n')}\n`);
}

function licenceOf(home: string): string {
  const { name, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const [file] = globSync(join(home, 'LICEN[SC]E*')).sort();
  const text = file === undefined ? '' : readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  return `${name}\n${license}\n${text}`.trimEnd();
}

const [entry, folder] = process.argv.slice(2);
if (entry !== undefined && folder !== undefined) {
  await bundleScript(entry, folder);
} else {
  rmSync('dist', { recursive: true, force: true });
  for (const [name, place] of Object.entries(ENTRIES)) await bundle(name, place);
  chmodSync(join('dist', 'cli', 'index.js'), 0o755);
}
