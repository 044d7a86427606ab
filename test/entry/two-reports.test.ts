import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { readInputs } from '../../src/entry/inputs.ts';
import { token } from '../ways-in.ts';

/** Everything that the texts show is one report, whichever text it is in; what the sites answer is the other one. */

const SITES = `sites:
  dev:
    url: http://dev:4242
    jwt: \${DEV_JWT}
  test:
    url: https://test
    jwt: not a token
    user: nobody
  prod:
    url: https://prod
    jwt: \${PROD_JWT}
    concurency: 3
`;
const SPEC = `from: dve
apps: event
to:
  - { site: tset, streams: [Everyone], mode: replace }
  - { site: Prod, streams: [Everyone] }
  - { site: prod, streams: [Review] }
fron: x
rollback: true
`;

function problemsIn(values: Record<string, string>): string[] {
  const environment = { DEV_JWT: token() };
  try {
    readInputs(
      { value: name => values[name] ?? '', called: name => `Input "${name}"` },
      { environment, secret: () => {}, event: () => undefined },
    );
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.sentences;
  }
  return [];
}

const OF_SITES = [
  /^sites:3:5: "dev\.url" must be a URL/,
  /^sites:7:5: site "test": jwt: the value is not a JSON Web Token/,
  /^sites:8:5: "test\.user" must be DIRECTORY/,
  /^sites:11:5: \$\{PROD_JWT\} is used, but the environment variable is not set/,
  /^sites:12:5: unknown key "concurency"\. Did you mean "concurrency"\?/,
];

function areExactly(found: readonly string[], expected: readonly RegExp[]): void {
  for (const pattern of expected) {
    assert.equal(found.filter(text => pattern.test(text)).length, 1, `${pattern}:\n${found.join('\n')}`);
  }
  assert.equal(found.length, expected.length, found.join('\n'));
}

test('a promotion: spec, sites, their references, the event and the inputs in one report', () =>
  areExactly(problemsIn({ promote: SPEC, sites: SITES, 'dry-run': 'maybe' }), [
    ...OF_SITES,
    /^promote:1:1: "from" names no site: "dve"\. Did you mean "dev"\?/,
    /^promote:2:1: The spec promotes the app of the event/,
    /^promote:4:7: "site" names no site: "tset"\. Did you mean "test"\?/,
    /^promote:4:40: to: site "tset": mode must be overwrite or duplicate; found "replace"/,
    /^promote:6:7: "to" names site "prod" twice/,
    /^promote:7:1: unknown key "fron"/,
    /^promote:8:1: "rollback: true" needs "backup"/,
    /^Input "dry-run" must be true or false/,
  ]));

test('a reload: request and sites in one report', () =>
  areExactly(
    problemsIn({ reload: 'site: dve\ntimeout: soon\norder: sequence\nwait: false\n', sites: SITES }),
    [
      ...OF_SITES,
      /^reload:1:1: give one of task, tasks, app or apps/,
      /^reload:1:1: "site" names no site: "dve"/,
      /^reload:2:1: "timeout" must be a duration/,
      /^reload:4:1: "order: sequence" waits for each run/,
    ],
  ));

test('a check: spec, request, sites and the names of sites in one report', () =>
  areExactly(problemsIn({ check: 'dev, prd', promote: 'to: []\n', reload: 'task: X\n', sites: SITES }), [
    ...OF_SITES,
    /^promote:1:1: The spec does not say which site to promote from \(from\)\. Known sites: dev, test, prod/,
    /^promote:1:1: "to" is empty and "done" asks for nothing/,
    /^reload:1:1: The request does not say on which site \(site\)/,
    /^No site is called "prd"\. Did you mean "prod"\?/,
  ]));

test('one site without YAML names its inputs', () =>
  areExactly(problemsIn({ promote: 'to: [{ site: defualt, streams: [X] }]', url: 'http://x', jwt: 'x' }), [
    /^Input "url" must be a URL/,
    /^Inputs: jwt: the value is not a JSON Web Token|^Input "jwt"/,
    /^promote:1:1: The spec promotes the app of the event/,
    /^promote:1:8: "site" names no site: "defualt"\. Did you mean "default"\?/,
  ]));

test('sites that are no YAML hide nothing of the spec', () =>
  areExactly(problemsIn({ promote: SPEC, sites: 'dev:\n\turl: x\n' }), [
    /^sites:2:1: a tab indents this line/,
    /^promote:4:40: to: site "tset": mode/,
    /^promote:6:7: "to" names site "prod" twice/,
    /^promote:7:1: unknown key "fron"/,
    /^promote:8:1: "rollback: true" needs "backup"/,
  ]));

test('a wrong escape in the sites hides nothing else of them', () => {
  const sites = `dev:
  url: http://dev
  jwt: \${DEV_JWT}
  user: "INTERNAL\\sa_api"
  concurency: 3
test:
  url: https://test
  jwt: \${DEV_JWT}
`;
  areExactly(
    problemsIn({ promote: 'from: dev\napps: [{ name: A }]\nto: [{ site: tset, streams: [X] }]\n', sites }),
    [
      /^sites:2:3: "dev\.url" must be a URL/,
      /^sites:4:18: a backslash in double quotes/,
      /^sites:5:3: unknown key "concurency"/,
      /^promote:3:8: "site" names no site: "tset"/,
    ],
  );
});
