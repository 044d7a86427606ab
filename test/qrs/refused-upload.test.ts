import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Way } from '../ways-in.ts';
import { on, SPEC } from './proxied.ts';

/** A refused upload names a next step, whatever the status, and also where no text comes with it. */

const LOG = 'Look for the reason in the log of the repository service on the central node.';
const ROWS: [Way, number, string][] = [
  ['certificate', 500, `500 Internal Server Error. ${LOG}`],
  [
    'jwt',
    500,
    `500 Internal Server Error. The app may be too large for the virtual proxy: try port 4242 with a certificate. ${LOG}`,
  ],
  ['certificate', 411, '411 Length Required. A proxy on the way dropped the length of the body.'],
  ['certificate', 413, '413 Payload Too Large. A proxy on the way, or IIS, limits the size of a request'],
  ['certificate', 502, '502 Bad Gateway. Does a proxy or load balancer on the way answer'],
  ['jwt', 504, '504 Gateway Timeout. Does a proxy or load balancer on the way answer'],
];

for (const [way, status, says] of ROWS) {
  test(`an upload that ends in a bare ${status} names a next step: ${way}`, () =>
    on({}, async set => {
      set.test.faults.add({ path: /upload/, times: Infinity, fault: { status, body: '' } });
      const { failures } = await set.run(SPEC, { sites: set.through('jwt', way) });
      assert.ok(
        failures.join('\n').includes(`refused to upload app "Demo Build": ${says}`),
        failures.join('\n'),
      );
    }));
}

test('a call other than an upload that ends in a bare 500 names the log of the site', () =>
  on({}, async set => {
    set.test.faults.add({ path: /\/publish$/, times: Infinity, fault: { status: 500, body: '' } });
    const { failures } = await set.run(SPEC, { sites: set.through('jwt', 'certificate') });
    assert.match(
      failures.join('\n'),
      /refused to publish app .*: 500 Internal Server Error\. Look for the reason/,
    );
  }));
