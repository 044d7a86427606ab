import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hub } from '../../simulator/github/hub.ts';
import { trouble } from '../../simulator/github/trouble.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import type { DispatchOutcome } from '../../src/github/dispatch.ts';
import { ASKED, JSON_TYPE, said } from './answered.ts';
import { wordsOf, world } from './world.ts';

/** What no state of the simulated GitHub leads to: [what, answer, fault, words after the attempt]. */
const ANSWERS: readonly [string, Fault<Hub>, 'credential' | 'repository' | 'event', RegExp][] = [
  [
    'a suspended account',
    said(403, 'Sorry. Your account was suspended.'),
    'repository',
    /The account of the token is suspended\.$/,
  ],
  [
    'a rule against classic tokens',
    said(403, '`acme` forbids access via a personal access token (classic).'),
    'repository',
    /acme does not admit the fine-grained token .* A GitHub App is not under it\.$/,
  ],
  [
    'an IP allow list',
    said(
      403,
      'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled.',
    ),
    'repository',
    /Put the address that GitHub sees of this machine on the IP allow list of acme\.$/,
  ],
  [
    'the permission that GitHub itself names',
    said(403, 'Resource not accessible by personal access token', {
      'X-Accepted-GitHub-Permissions': 'contents=write,metadata=read; administration=write',
    }),
    'repository',
    /403 Resource not accessible by personal access token \(x-accepted-github-permissions: contents=write,metadata=read; administration=write\)\. Most likely .* a dispatch wants Contents: write, not Actions: write/,
  ],
  [
    'a blocked repository',
    said(451, 'Repository access blocked'),
    'repository',
    /Somebody blocked acme\/events/,
  ],
  ['a version that is gone', said(410, 'Gone'), 'repository', /2022-11-28 of the API gone\?/],
  [
    'a payload that is too long to be read',
    said(413, 'Payload Too Large'),
    'event',
    /413 Payload Too Large\.$/,
  ],
  [
    'too many keys',
    said(422, 'Invalid request.\n\nNo more than 10 properties are allowed; 14 were supplied.'),
    'event',
    /422 Invalid request\. No more than 10 properties are allowed; 14 were supplied\. A client payload has ten keys at most\.$/,
  ],
  [
    'too large a payload',
    said(422, 'client_payload is too large.'),
    'event',
    /422 client_payload is too large\. A client payload has less than 64 kB\.$/,
  ],
  [
    'details of a complaint',
    said(
      422,
      'Validation Failed',
      {},
      {
        errors: [{ resource: 'Event', field: 'event_type', code: 'missing' }, 'second', { message: 'third' }],
      },
    ),
    'event',
    /422 Validation Failed \(Event event_type missing; second; third\)\.$/,
  ],
  [
    'an event that has a telling name',
    said(422, 'event_type archived-and-suspended is not good.'),
    'event',
    /is not good\.$/,
  ],
  [
    'an event that is said to be spam',
    said(422, 'Validation failed, or the endpoint has been spammed.'),
    'event',
    /spammed\.$/,
  ],
  ['a long answer, cut', said(422, 'x'.repeat(2000)), 'event', /: 422 x{496}…$/],
];

for (const [what, answer, fault, words] of ANSWERS) {
  test(`refused: ${what}`, async () => {
    const scene = await world();
    scene.fault(answer);
    const outcome = await scene.send();
    assert.equal(outcome.kind, 'refused');
    assert.equal(outcome.kind === 'refused' && outcome.fault, fault);
    assert.ok(wordsOf(outcome).startsWith(ASKED));
    assert.match(wordsOf(outcome), words);
  });
}

/** [what, what goes wrong, kind, words, dispatches that GitHub took] */
const ENDS: readonly [string, Fault<Hub>, DispatchOutcome['kind'], RegExp, number][] = [
  [
    'an error of GitHub',
    trouble.serverError(500),
    'trouble',
    /^GitHub \(HOST\) failed when asked to dispatch "qlik-app-updated" to acme\/events: 500 Server Error\.$/,
    0,
  ],
  ['an error after the work', trouble.doneButServerError(502), 'trouble', /: 502 Bad Gateway\.$/, 1],
  ["a gateway's page", trouble.unicorn(504), 'trouble', /: 504 Gateway Timeout \(a web page\)\.$/, 0],
  [
    'a request that took too long there',
    said(408, 'Request Timeout'),
    'trouble',
    /: 408 Request Timeout\./,
    0,
  ],
  [
    'a lost answer',
    trouble.lostAnswer,
    'unknown',
    /^GitHub \(HOST\) gave no answer when asked to .*: the connection was cut \(.+\)\.$/,
    1,
  ],
  ['a lost request', trouble.lostRequest, 'unknown', /the connection was cut/, 0],
  [
    'a sign-in page',
    { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Please sign in</html>' },
    'trouble',
    /^GitHub \(HOST\) was asked to .*, and the answer is not one of its API: 200 OK \(a web page\)\. Most likely a proxy or a sign-in page on the way answered instead, or the URL is wrong: it is https:\/\/api\.github\.com, or https:\/\/HOST\/api\/v3 for GitHub Enterprise Server; here it is http:\/\/HOST\.$/,
    0,
  ],
  [
    "a proxy's refusal",
    { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'blocked by policy' },
    'trouble',
    /403 Forbidden \(not JSON\)/,
    0,
  ],
  [
    "a gateway's refusal in JSON",
    { status: 403, headers: JSON_TYPE, body: '{"error":"blocked"}' },
    'trouble',
    /not one of its API: 403 Forbidden\. Most likely a proxy/,
    0,
  ],
  [
    'a refusal without a word',
    { status: 404, body: '' },
    'trouble',
    /not one of its API: 404 Not Found\./,
    0,
  ],
  [
    'an answer that says that nothing has changed',
    { status: 304, body: '' },
    'trouble',
    /: 304 Not Modified\./,
    0,
  ],
  ['a conflict', said(409, 'Conflict'), 'trouble', /failed when asked to .*: 409 Conflict\.$/, 0],
  ['a misdirected request', said(421, 'Misdirected Request'), 'trouble', /: 421 Misdirected Request\.$/, 0],
  ['a call that was given up on the way', { status: 499, body: '' }, 'trouble', /: 499\./, 0],
  [
    'a version that is not known',
    said(400, 'Bad Request: not a supported version'),
    'trouble',
    /: 400 Bad Request/,
    0,
  ],
  [
    'an answer with a content type that cannot be read',
    { status: 403, headers: { 'Content-Type': ';;;' }, body: 'x' },
    'trouble',
    /403/,
    0,
  ],
];

for (const [what, fault, kind, words, taken] of ENDS) {
  test(`${kind}: ${what}`, async () => {
    const scene = await world();
    scene.fault(fault);
    const outcome = await scene.send();
    assert.equal(outcome.kind, kind);
    assert.match(wordsOf(outcome), words);
    assert.equal(scene.hub.dispatches.length, taken);
    assert.equal(scene.hub.counters.requests.length, 1, 'nothing is tried again');
  });
}
