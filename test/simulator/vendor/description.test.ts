import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../../simulator/server.ts';
import type { SwitchesInput } from '../../../simulator/site/switches.ts';
import { findRoute, routes } from '../../../simulator/wire/routes.ts';
import { on } from '../../promote/scene.ts';
import { SPEC } from '../../sites-for-tests.ts';
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

/** What the product asks of a site, as far as paths and queries show it. */
function undescribed(sim: Simulator): string[] {
  return sim.counters.requests
    .filter(({ path }) => !departs('not described', path))
    .flatMap(({ method, path, query }) => {
      const described = description().find(method, path);
      if (!described) return [`${method} ${path}: not described`];
      return [...new URLSearchParams(query).keys()]
        .filter(name => name !== 'xrfkey' && !described.queries.includes(name.toLowerCase()))
        .map(name => `${described.name}: the parameter ${name} is not described`);
    });
}

const properties = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

test('a promotion asks nothing of a site that the vendor does not describe', { skip }, () =>
  on({ app: { properties } }, async set => {
    const report = await set.run(`${SPEC}\nreload: after\nbackup: ${JSON.stringify(set.folder)}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual([...undescribed(set.dev), ...undescribed(set.test)], []);
  }),
);

test('a description that is named must be there', () => {
  assert.throws(() => readVendorDescription('no such file.json'), /no such file\.json/);
});
