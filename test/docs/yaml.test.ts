import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { readSpec } from '../../src/promote/spec.ts';
import { readRequest } from '../../src/reload/request.ts';
import { blocksOf, PAGES, readFile } from './pages.ts';

/**
 * The YAML of the documents. Whole sites, specs, requests and configurations are held against their schemas in
 * test/cli/schema.test.ts; here are the workflows, and all that is a part of one.
 */

const { inputs, outputs } = z
  .object({ inputs: z.record(z.string(), z.unknown()), outputs: z.record(z.string(), z.unknown()) })
  .parse(parse(readFile('action.yml')));

const step = z
  .object({ uses: z.string().optional(), with: z.record(z.string(), z.unknown()).default({}) })
  .loose();
type Step = z.infer<typeof step>;

/** The steps in a workflow, in a job, or in a list of steps. */
function stepsIn(value: unknown): Step[] {
  if (Array.isArray(value)) {
    const steps = value.map(one => step.safeParse(one));
    return steps.flatMap(({ data }) =>
      data !== undefined && ('uses' in data || 'run' in data) ? [data] : [],
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stepsIn);
}

/** One line that begins no mapping is the path of a file. */
const isYaml = (text: unknown): text is string => typeof text === 'string' && /\n|^\{/.test(text);

/** GitHub fills in its expressions before a step sees them. */
const filled = (text: string) => text.replaceAll(/\$\{\{.*?\}\}/g, 'true');

/** The inputs of a step of ours, and the spec and the request in it. */
function checkStep(given: Record<string, unknown>): void {
  for (const name of Object.keys(given)) assert.ok(name in inputs, `no input "${name}"`);
  if (isYaml(given.promote)) readSpec({ from: 'promote', text: filled(given.promote) });
  if (isYaml(given.reload)) readRequest({ from: 'reload', text: filled(given.reload) });
}

function checkYaml(text: string): void {
  const document = parseDocument(text, { uniqueKeys: true });
  assert.deepEqual(document.errors, [], text);
  const ours = stepsIn(document.toJS()).filter(({ uses }) => uses?.startsWith('qrs-action/'));
  for (const { with: given } of ours) checkStep(given);
  for (const [, name = ''] of text.matchAll(/steps\.\w+\.outputs\.([\w-]+)/g))
    assert.ok(name in outputs, `no output "${name}"`);
}

for (const page of PAGES) {
  const blocks = blocksOf(readFile(page)).filter(({ kind }) => /^ya?ml\b/.test(kind));
  for (const { text, line } of blocks)
    test(`docs: the YAML in line ${line} of ${page} is right`, () => checkYaml(text));
}

test('docs: the first workflow of the README has twelve lines at most', () => {
  const [first] = blocksOf(readFile('README.md')).filter(({ kind }) => kind === 'yaml');
  assert.ok(first && first.text.trim().split('\n').length <= 12);
});
