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
import { connectSite, type DemoSite, startSite } from '../site.ts';

/**
 * Two simulated sites to play with, until Ctrl-C: `npm run playground`; `npm run playground -- show` says what they
 * have. What is needed to reach them is in the folder playground/, which holds keys.
 */

const FOLDER = 'playground';
const at = (name: string) => join(FOLDER, name);
const NAMES = ['dev', 'test'] as const;
const HERE = import.meta.dirname;
const ready = z.object({ url: z.string(), certificate: z.string(), key: z.string(), ca: z.string() });
/** What running.json holds: the process of the playground, and its sites once they are ready. */
const running = z.object({ process: z.number(), sites: z.record(z.string(), ready) });
const RUNNING = at('running.json');

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
  writeFileSync(RUNNING, JSON.stringify({ process: process.pid, sites: Object.fromEntries(all) }));
}

const readRunning = () => running.parse(JSON.parse(readFileSync(RUNNING, 'utf8')));

/** Whether the playground that wrote running.json still runs; one that was killed leaves the file behind. */
function runsHere(): boolean {
  if (!existsSync(RUNNING)) return false;
  try {
    return process.kill(readRunning().process, 0);
  } catch {
    return false;
  }
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

/** Draws the summary that a command writes as a page of HTML, but for the diagram, which only GitHub draws. */
function drawSummaries(): void {
  const summary = at('summary.md');
  rmSync(summary, { force: true });
  watchFile(summary, { interval: 300 }, ({ size }) => {
    if (size === 0) return;
    const page = join(process.cwd(), at('summary.html'));
    const style =
      'body{font:15px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em}';
    const head = `<!doctype html><meta charset="utf-8"><title>Summary</title><style>${style}</style>`;
    const text = readFileSync(summary, 'utf8').replaceAll(/```mermaid[\s\S]*?```/g, '');
    writeFileSync(page, `${head}\n${text}`);
    say(`The summary: ${page}`);
  });
}

async function play(): Promise<void> {
  if (runsHere()) {
    say('A playground runs in this folder already. Use it, or end it with Ctrl-C in its terminal.');
    say(`If it does not run any more, delete ${RUNNING}.`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(RUNNING, JSON.stringify({ process: process.pid, sites: {} }));
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
  if (!runsHere()) {
    say('No playground runs here: start it with "npm run playground".');
    process.exitCode = 1;
    return;
  }
  const sites = Object.entries(readRunning().sites).map(([name, one]) => connectSite(name, one));
  try {
    await showSites(...sites);
  } finally {
    for (const site of sites) await site.stop();
  }
}

await (process.argv[2] === 'show' ? show() : play());
