import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsInSites, type Row } from './mistakes.ts';

const SECRET = 'MARKED-s3cret-Value-0123456789';
const SITES: Row[] = [
  [
    'a backslash in double quotes',
    `dev:\n  url: https://x:4242\n  user: "INTERNAL\\sa_api"\n`,
    3,
    18,
    /without quotes, as in "user: INTERNAL\\sa_api"/,
  ],
  [
    'a path of Windows in double quotes',
    `dev:\n  url: https://x:4242\n  key: "C:\\certs\\key.pem"\n`,
    3,
    11,
    /without quotes/,
  ],
  [
    'a pasted key',
    `dev:\n  url: https://x:4242\n  key: -----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
    3,
    8,
    /Keep it in a secret/,
  ],
  [
    'an expression of a workflow',
    'dev:\n  url: https://x:4242\n  key: ${{ secrets.KEY }}\n',
    3,
    8,
    /filled in by GitHub in workflow files only/,
  ],
  [
    'a variable of a shell',
    'dev:\n  url: https://x:4242\n  key: $DEV_KEY\n',
    3,
    8,
    /a variable is written with braces: \$\{DEV_KEY\}\.$/,
  ],
  [
    'a variable of Windows',
    'dev:\n  url: https://x:4242\n  key: "%DEV_KEY%"\n',
    3,
    8,
    /a variable is written with braces: \$\{DEV_KEY\}\.$/,
  ],
  [
    'a misspelt key',
    `dev:\n  url: https://x:4242\n  certificte: ${SECRET}\n`,
    3,
    3,
    /Did you mean "certificate"/,
  ],
  ['a name that is none', '__proto__:\n  url: https://x:4242\n', 1, 1, /nothing can be called "__proto__"/],
  [
    'an address without https',
    'dev:\n  url: qlik:4242\n  jwt: a.e30.b\n',
    2,
    3,
    /"dev\.url" must be a URL that begins with https:\/\/\.$/,
  ],
  [
    'an address with a query',
    'dev:\n  url: https://x:4242/?a=1\n',
    2,
    3,
    /must be host, port and prefix alone/,
  ],
  ['a site that is an address', 'dev: https://x:4242\n', 1, 1, /^"dev" must be a mapping, as in "url: …"\.$/],
  [
    'no credentials',
    'dev:\n  url: https://x:4242\n',
    1,
    1,
    /no credentials\. Give certificate and key, or pfx/,
  ],
  [
    'a certificate without its key',
    'dev:\n  url: https://x:4242\n  certificate: ./a.pem\n',
    1,
    1,
    /key is missing; certificate and key go together/,
  ],
  [
    'two kinds of credentials',
    'dev:\n  url: https://x:4242\n  jwt: a.e30.b\n  pfx: x\n',
    1,
    1,
    /several kinds of credentials/,
  ],
  [
    'a file that is not there',
    'dev:\n  url: https://x:4242\n  certificate: ./a.pem\n  key: ./b.pem\n',
    4,
    3,
    /key: .*there is no such file, looked for in \//,
  ],
  [
    'a token that is none',
    'dev:\n  url: https://x:4242\n  jwt: abc\n',
    3,
    3,
    /not a JSON Web Token \(three parts joined by dots\)/,
  ],
  [
    'a user without a directory',
    'dev:\n  url: https://x:4242\n  user: sa_api\n',
    3,
    3,
    /"dev\.user" must be DIRECTORY/,
  ],
  [
    'a variable that is not set',
    'dev:\n  url: https://x:4242\n  key: ${DEV_KEY}\n',
    3,
    3,
    /\$\{DEV_KEY\} is used, but the environment variable is not set, or empty\. Set it under "env:" of the step/,
  ],
  [
    'a site outside of the wrapper',
    'sites:\n  dev:\n    url: https://x:4242\n    jwt: a.e30.b\nprod:\n  url: https://y\n',
    5,
    1,
    /beside "sites:"\. Indent it/,
  ],
  ['no site', '{}\n', 1, 1, /no site is described\. Write one/],
  ['UTF-16', 'd\0e\0v\0', 1, 1, /the text is UTF-16\. Save it as UTF-8/],
  [
    'one address twice',
    'a:\n  url: https://x:4242\n  jwt: a.e30.b\nb:\n  url: https://X:4242/\n  jwt: a.e30.b\n',
    1,
    1,
    /have the same url; describe it once/,
  ],
];

for (const [name, text, line, column, says] of SITES) {
  test(`sites with ${name}`, () => {
    const all = problemsInSites(text);
    const problem = all.find(one => says.test(one.text));
    assert.ok(problem, all.map(one => one.text).join('\n'));
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column]);
    assert.doesNotMatch(JSON.stringify(problemsInSites(text)), /MARKED|x:4242/, 'no value is shown');
  });
}

test('the frame of sites shows keys and structure alone', () => {
  const text = `dev: { url: "https://x", password: ${SECRET}, certificte: a,b }\n# note ${SECRET}\n`;
  const [problem] = problemsInSites(text);
  assert.equal(
    problem?.place?.frame.split('\n')[0]?.replace(/\s+/g, ' '),
    '> 1 | dev: { url: …, password: …, …,… }',
  );
});
