import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SwitchesInput } from '../../../simulator/site/switches.ts';
import { findRoute, routes } from '../../../simulator/wire/routes.ts';
import { started } from '../client.ts';
import { callEverything, data } from './calls.ts';
import { departs } from './departures.ts';
import { readVendorDescription, type VendorDescription } from './description.ts';

/** The vendor's OpenAPI description is not ours to publish, so the tests name its file (test/README.md). */
const file = process.env.QRS_OPENAPI;
const skip = file === undefined && 'QRS_OPENAPI is not set';

let known: VendorDescription | undefined;
function description(): VendorDescription {
  known ??= readVendorDescription(file ?? '');
  return known;
}

/** What is wrong with the answers to all calls of a site with these switches. */
async function problemsWith(switches: SwitchesInput): Promise<string[]> {
  const sim = await started({ data, switches });
  const problems: string[] = [];
  await callEverything(sim, (method, called, reply) => {
    const described = description().find(method, `/qrs${called}`);
    if (described) problems.push(...description().problems(described, reply));
    else problems.push(`${method} ${called}: not described`);
  });
  const driven = new Set(
    sim.counters.requests.map(({ method, path: own }) => findRoute(method, own)?.handler),
  );
  for (const { method, pattern, handler } of routes.filter(one => !departs('not described', one.pattern)))
    if (!driven.has(handler)) problems.push(`${method} ${pattern}: not called by this test`);
  return problems;
}

for (const switches of [
  {},
  { showsPrivileges: false, descriptionTravels: true, copyTags: true, copyProperties: true },
] satisfies SwitchesInput[]) {
  test(`every answer is as the vendor describes it, with ${JSON.stringify(switches)}`, { skip }, async () => {
    assert.deepEqual(await problemsWith(switches), []);
  });
}

test('a description that is named must be there', () => {
  assert.throws(() => readVendorDescription('no such file.json'), /no such file\.json/);
});
