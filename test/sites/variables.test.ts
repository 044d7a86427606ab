import assert from 'node:assert/strict';
import { test } from 'node:test';
import { token } from '../ways-in.ts';
import { AT, CERTIFICATE, PAIR, read } from './reading.ts';

const ROUTES: [string, Record<string, string>, string | undefined][] = [
  ['true', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['true', { https_proxy: 'proxy:3128', HTTPS_PROXY: 'http://other' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'a,b' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.company.com' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'a company.com' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'pany.com' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'qlik.company.com:4242' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'qlik.company.com:443' }, 'http://proxy:3128'],
  ['http://own:1', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, 'http://own:1'],
  ['false', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
];

for (const [setting, variables, way] of ROUTES) {
  test(`sites: proxy ${setting} with ${JSON.stringify(variables)}`, () => {
    const text = CERTIFICATE.replace('qlik:', 'Qlik.company.com:');
    const { sites, problems } = read(`${text}  proxy: ${setting}\n`, { ...PAIR, ...variables });
    assert.deepEqual([problems, sites[0]?.proxy], [[], way]);
  });
}

const REFUSED_NAMES = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'INPUT_SITES',
];

for (const name of REFUSED_NAMES) {
  test(`sites: the runner's own ${name} goes to no site`, () => {
    const { problems, secrets } = read(`${AT}  jwt: \${${name}}\n`, { [name]: token() });
    assert.deepEqual(problems, [
      `sites:3:3: \${${name}} is the runner's own and not given to sites: use a secret of another name.`,
    ]);
    assert.deepEqual(secrets, []);
  });
}

test('sites: variables are filled in where credentials and addresses stand, and nowhere else', () => {
  const { problems } = read(`${CERTIFICATE}  names: ["\${SECRET}"]\n`, { ...PAIR, SECRET: 'x' });
  assert.deepEqual(problems, [
    'sites:5:3: ${SECRET} is in "names": variables are filled in for credentials, url, user, server-name, proxy and hub alone. Write the value there.',
  ]);
  const filled = read(
    'dev:\n  url: ${URL}\n  certificate: ${CERT}\n  key: ${KEY}\n  user: ${WHO}\n  server-name: ${NAME}\n',
    {
      ...PAIR,
      URL: 'https://qlik:4242\n',
      WHO: 'INTERNAL\\sa_api\r\n',
      NAME: '\nQLIK-DEV01',
    },
  );
  const [site] = filled.sites;
  assert.deepEqual(filled.problems, []);
  assert.deepEqual(
    [site?.url, site?.user, site?.serverName],
    ['https://qlik:4242', 'INTERNAL\\sa_api', 'QLIK-DEV01'],
  );
});

test('sites: all missing variables are one problem, and cause no others', () => {
  const site = (name: string) =>
    `${name}:\n  url: \${URL}\n  certificate: \${CERT}\n  key: \${KEY}\n  user: \${WHO}\n`;
  const { problems } = read(`${site('dev')}${site('prod')}  concurency: 2\n`, {});
  const shown = problems.map(text => text.replace(/(?<=Allowed: ).*/, '…'));
  assert.deepEqual(shown, [
    'sites:2:3: ${URL}, ${CERT}, ${KEY}, ${WHO} are used, but these environment variables are not set, or empty. ' +
      'Set them under "env:" of the step, or on a terminal in --env-file.',
    'sites:11:3: unknown key "concurency". Did you mean "concurrency"? Allowed: …',
  ]);
});
