import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  unwatchFile,
  watchFile,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { say, title } from '../say.ts';
import { SITES } from '../secrets.ts';
import { showSites } from '../show.ts';
import { connectSite, type DemoSite, type Ready, startSite } from '../site.ts';

/**
 * Two simulated sites to play with, until Ctrl-C: `npm run playground`; `npm run playground -- show` says what they
 * have. What is needed to reach them is in the folder playground/, which holds keys.
 */

const FOLDER = 'playground';
const at = (name: string) => join(FOLDER, name);
const NAMES = ['dev', 'test'] as const;
const HERE = import.meta.dirname;
const ready = z.object({ url: z.string(), certificate: z.string(), key: z.string(), ca: z.string() });

/** A line of .env; single quotes keep the backslashes of Windows as they are. */
const variable = (name: string, value: string) => {
  const quote = value.includes("'") ? '"' : "'";
  return `${name}=${quote}${value}${quote}`;
};

function writeFiles(sites: readonly DemoSite[]): void {
  writeFileSync(at('sites.yml'), SITES);
  if (!existsSync(at('spec.yml'))) copyFileSync(join(HERE, 'spec.yml'), at('spec.yml'));
  const lines = sites.flatMap(({ name, url, certificate, key, ca }) => {
    const upper = name.toUpperCase();
    return [
      variable(`${upper}_URL`, url),
      variable(`${upper}_CERTIFICATE`, certificate),
      variable(`${upper}_KEY`, key),
      variable(`${upper}_CA`, ca),
    ];
  });
  writeFileSync(at('.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const all = sites.map(({ name, url, certificate, key, ca }) => [name, { url, certificate, key, ca }]);
  writeFileSync(at('running.json'), JSON.stringify(Object.fromEntries(all)));
}

function sayWhatNext(): void {
  const given = `--sites ${FOLDER}/sites.yml --env-file ${FOLDER}/.env`;
  title('Two sites run until Ctrl-C. In another terminal, in this folder:');
  for (const [what, command] of [
    ['What is ready, and what is missing', `check --spec ${FOLDER}/spec.yml ${given}`],
    ['The plan', `promote ${FOLDER}/spec.yml ${given} --dry-run`],
    ['The promotion', `promote ${FOLDER}/spec.yml ${given} --summary ${FOLDER}/summary.md`],
    ['A reload, and one that fails', `reload "{ site: dev, task: Nightly Sales }" ${given}`],
    ['', `reload "{ site: dev, task: Nightly Stock }" ${given} --summary ${FOLDER}/summary.md`],
  ] as const) {
    if (what !== '') say(`\n${what}:`);
    say(`  npm run qrs-action -- ${command}`);
  }
  say('\nWhat the sites have now:\n  npm run playground -- show');
  say(`\nThe spec is ${FOLDER}/spec.yml: change it. The keys are in ${FOLDER}/; Ctrl-C deletes them.`);
}

/** Draws the summary that a command writes as a page of HTML. */
function drawSummaries(): void {
  const summary = at('summary.md');
  rmSync(summary, { force: true });
  watchFile(summary, { interval: 300 }, ({ size }) => {
    if (size === 0) return;
    const page = join(process.cwd(), at('summary.html'));
    const style =
      'body{font:15px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em}';
    const head = `<!doctype html><meta charset="utf-8"><title>Summary</title><style>${style}</style>`;
    writeFileSync(page, `${head}\n${readFileSync(summary, 'utf8')}`);
    say(`The summary: ${page}`);
  });
}

async function play(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const sites = await Promise.all(
    NAMES.map(name => startSite(name, join(HERE, `${name}.yml`), join(process.cwd(), FOLDER))),
  );
  try {
    writeFiles(sites);
    drawSummaries();
    await showSites(...sites);
    sayWhatNext();
    await new Promise<void>(done => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.once(signal, () => done());
    });
  } finally {
    unwatchFile(at('summary.md'));
    for (const site of sites) await site.stop();
    for (const name of [...NAMES, '.env', 'running.json']) rmSync(at(name), { recursive: true, force: true });
  }
}

async function show(): Promise<void> {
  if (!existsSync(at('running.json'))) {
    say('No playground runs here: start it with "npm run playground".');
    process.exitCode = 1;
    return;
  }
  const running: Record<string, Ready> = z
    .record(z.string(), ready)
    .parse(JSON.parse(readFileSync(at('running.json'), 'utf8')));
  const sites = Object.entries(running).map(([name, one]) => connectSite(name, one));
  try {
    await showSites(...sites);
  } finally {
    for (const site of sites) await site.stop();
  }
}

await (process.argv[2] === 'show' ? show() : play());
