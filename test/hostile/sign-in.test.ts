import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { RemoteError } from '../../src/base/errors.ts';
import { formsOf } from '../../src/net/redact.ts';
import { connect } from '../../src/qrs/connection.ts';
import { keepingLog, quickClock } from '../sites-for-tests.ts';
import { allWaysIn, HEADER_VALUE, PASSWORD, siteThrough, token, USERS } from '../ways-in.ts';
import { startFront } from './front.ts';
import { HOSTILITIES } from './hostilities.ts';

/** Every way to sign in meets every kind of hostility: it ends in time, says what came, and shows no credential. */
const dev = await startSimulator({ name: 'dev', data: { users: USERS, streams: ['Everyone'] } });
const proxy = await allWaysIn(dev);
after(() => Promise.all([dev.stop(), proxy.stop()]));
const TOKEN = token();
const secrets = [PASSWORD, HEADER_VALUE, TOKEN].flatMap(formsOf);

for (const way of ['jwt', 'ntlm', 'header'] as const) {
  test(`hostile: a sign-in by ${way} meets everything`, async () => {
    const wrong: string[] = [];
    for (const [name, does] of Object.entries(HOSTILITIES)) {
      const place = { ...dev, url: proxy.url('') };
      const front = await startFront(place, [{ path: /\/qrs\/about$|\/windows_authentication/i, does }]);
      const site = siteThrough('dev', way, { simulator: dev, proxy }, { DEV_JWT: TOKEN });
      const through = { ...site, url: site.url.replace(/^https:\/\/[^/]+/, front.url) };
      const limits = { call: 500 };
      const signal = new AbortController().signal;
      const qrs = connect(through, { clock: quickClock(), signal, log: keepingLog(), limits });
      const began = performance.now();
      const error = await qrs
        .send({ method: 'GET', path: '/qrs/stream', attempt: 'read streams' })
        .catch(caught => caught)
        .finally(() => qrs.close());
      await front.stop();
      const took = performance.now() - began;
      if (front.met() === 0) wrong.push(`${name}: was not met`);
      if (took > 6_000) wrong.push(`${name}: took ${Math.round(took)} ms`);
      // What lets one in, whatever it says of itself, has let one in.
      if (error !== undefined && !(error instanceof RemoteError)) wrong.push(`${name}: ${error}`);
      if (error instanceof RemoteError && secrets.some(form => error.message.includes(form)))
        wrong.push(`${name}: shows a secret`);
      if (error instanceof RemoteError && /TypeError|undefined|\[object/.test(error.message))
        wrong.push(`${name}: ${error.message}`);
    }
    assert.deepEqual(wrong, []);
  });
}
