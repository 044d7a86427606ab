import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsInSites, problemsInSpec } from './mistakes.ts';

test('twenty thousand wrong entries are read in a moment', () => {
  const streams = Array.from({ length: 20_000 }, () => '1').join(', ');
  const sitesText = Array.from({ length: 20_000 }, (_, index) => `s${index}: 1`).join('\n');
  const began = performance.now();
  const [inList, inMapping] = [
    problemsInSpec(`to: [{ site: a, streams: [${streams}] }]\n`),
    problemsInSites(`${sitesText}\n`),
  ];
  const took = performance.now() - began;
  assert.equal(inList.at(-1)?.text, 'spec.yml: 19950 more problems.');
  assert.equal(inMapping.at(-1)?.text, 'sites.yml: 19950 more problems.');
  assert.ok(took < 15_000, `${Math.round(took)} ms`);
});
