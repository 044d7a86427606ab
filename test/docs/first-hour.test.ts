import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { runStep, type Step } from '../action/runner.ts';
import { shelf } from '../sites-for-tests.ts';
import { blocksOf, readFile } from './pages.ts';

/** The workflows of a stranger's first hour, each run as the runner runs it, with the certificates on a disk. */

const workflow = z.object({
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.looseObject({ with: z.record(z.string(), z.unknown()) })) }),
  ),
});

/** The inputs of the one step of each workflow on a page. */
function workflowsOf(page: string): Record<string, string>[] {
  return blocksOf(readFile(page))
    .filter(({ kind, text }) => kind === 'yaml' && text.includes('jobs:'))
    .map(({ text }) => {
      const [job] = Object.values(workflow.parse(parse(text)).jobs);
      const [step] = job?.steps ?? [];
      const inputs = Object.entries(step?.with ?? {}).map(([name, value]) => [name, String(value)]);
      return Object.fromEntries(inputs);
    });
}

/** The list of sites of the quick start, with the addresses and the folder of two simulated sites. */
function sitesFile(folder: string, sites: Record<string, Simulator>): string {
  const [list] = blocksOf(readFile('docs/start.md')).filter(({ text }) => /^dev:\n/.test(text));
  let text = list?.text ?? '';
  for (const [name, { url, certificate, key, ca }] of Object.entries(sites)) {
    const files = { client: certificate, client_key: key, root: ca };
    for (const [file, content] of Object.entries(files)) {
      const path = join(folder, `${name}-${file}.pem`);
      writeFileSync(path, content);
      text = text.replace(`C:\\qlik\\${name}\\${file}.pem`, path);
    }
    text = text.replace(`https://qlik-${name}.company.com:4242`, url);
  }
  const path = join(folder, 'sites.yml');
  writeFileSync(path, text);
  return path;
}

const app = (name: string, stream: string) => ({ name, stream, size: '20 KB' });
const DEV: SiteData = { streams: ['Build'], apps: [app('Sales', 'Build'), app('Sales Overview', 'Build')] };

/** Starts dev and test, and runs steps in which the list of sites is on the disk of the runner. */
async function firstHour(
  work: (run: (inputs: Record<string, string>) => Promise<Step>, target: Simulator) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-first-hour-'));
  const dev = await startSimulator({ name: 'dev', data: DEV });
  const target = await startSimulator({ name: 'test', data: { streams: ['Everyone'] } });
  try {
    const sites = sitesFile(folder, { dev, test: target });
    await work(inputs => {
      assert.equal(inputs.sites, 'C:\\qlik\\sites.yml');
      return runStep({ inputs: { ...inputs, sites } });
    }, target);
  } finally {
    await Promise.all([dev.stop(), target.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

test('docs: the workflow of the README shows a plan and changes nothing', () =>
  firstHour(async (run, target) => {
    const [first, ...others] = workflowsOf('README.md');
    assert.ok(first && others.length === 0);
    const { code, outputs, log } = await run(first);
    assert.equal(outputs.outcome, 'planned', log);
    assert.equal(code, 0);
    assert.deepEqual(shelf(target), []);
  }));

test('docs: the quick start leads from a check by a dry run to a promotion', () =>
  firstHour(async (run, target) => {
    const [check, promote, ...others] = workflowsOf('docs/start.md');
    assert.ok(check && promote && others.length === 0);
    assert.equal((await run(check)).outputs.outcome, 'checked');
    assert.equal(promote['dry-run'], '${{ inputs.dry-run }}');
    assert.equal((await run({ ...promote, 'dry-run': 'true' })).outputs.outcome, 'planned');
    assert.deepEqual(shelf(target), []);
    for (const outcome of ['promoted', 'nothing-to-do'])
      assert.equal((await run({ ...promote, 'dry-run': 'false' })).outputs.outcome, outcome);
    assert.deepEqual(shelf(target), ['Sales Overview@Everyone']);
  }));
