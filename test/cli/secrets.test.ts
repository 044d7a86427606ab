import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allWaysIn, described, HEADER_VALUE, PASSWORD, USERS, type Way } from '../ways-in.ts';
import { atTerminal, type Said, type Terminal } from './terminal.ts';

/** A log that nobody masks holds no secret, whole, in part or in another form; nor does a file that is written. */

function writings(secret: string): string[] {
  const lines = secret.split('\n').filter(line => line.length >= 16 && !line.startsWith('-----'));
  const isToken = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
  const trimmed = secret.trim();
  return [
    trimmed,
    ...lines,
    ...(isToken ? secret.split('.') : []),
    JSON.stringify(trimmed).slice(1, -1),
    encodeURIComponent(trimmed),
    Buffer.from(trimmed).toString('base64'),
  ];
}

function assertHidden(shown: string, secrets: readonly string[]): void {
  assert.ok(shown.length > 200, shown);
  for (const text of secrets.flatMap(writings)) {
    assert.ok(!shown.includes(text), `${text.slice(0, 8)}… is shown`);
  }
  assert.doesNotMatch(shown, /TlRMTVNTUA|Biscuit|X-Qlik-Session|qlikTicket|xrfkey=/i);
}

const WORDS = ['promote', 'promote.yml', '--sites', 'ways.yml', '--verbose', '--summary', 'summary.md'];

async function inThisWay(
  { dev, test: target, say, write, read }: Terminal,
  way: Way,
  prepare: (secrets: string[]) => void = () => {},
  environment: Readonly<Record<string, string>> = {},
): Promise<{ said: Said; written: string; secrets: string[] }> {
  const proxies = [await allWaysIn(dev), await allWaysIn(target)] as const;
  try {
    const one = described('dev', way, { simulator: dev, proxy: proxies[0] });
    const other = described('test', way, { simulator: target, proxy: proxies[1] });
    write('ways.yml', one.sites + other.sites);
    const env = { ...one.env, ...other.env };
    const secrets = Object.entries(env).flatMap(([name, value]) =>
      /_(KEY|JWT|PW|HDR)$/.test(name) ? [value] : [],
    );
    prepare(secrets);
    const said = await say(WORDS, { ...env, ...environment });
    return { said, written: read('summary.md'), secrets };
  } finally {
    await Promise.all(proxies.map(proxy => proxy.stop()));
  }
}

function ownOf(way: Way, secrets: readonly string[]): string[] {
  const isOwn = { certificate: /^-----/, jwt: /^ey/, ntlm: PASSWORD, header: HEADER_VALUE }[way];
  return secrets.filter(text => (typeof isOwn === 'string' ? text === isOwn : isOwn.test(text))).slice(0, 1);
}

for (const way of ['certificate', 'jwt', 'ntlm', 'header'] as const) {
  test(`secrets: ${way}, all well`, () =>
    atTerminal(
      async terminal => {
        const { said, written, secrets } = await inThisWay(terminal, way);
        assert.equal(said.code, 0, said.err);
        assert.equal(secrets.length, 8);
        assertHidden(said.out + said.err + written, secrets);
        assert.doesNotMatch(said.out + said.err, /^::|##/m);
      },
      { devData: { users: USERS }, testData: { users: USERS, streams: ['Everyone', 'Review'] } },
    ));

  test(`secrets: ${way}, a site that shows all that it was sent, to a person in whole and cut`, () =>
    atTerminal(
      async terminal => {
        const echo = (secrets: string[]) => {
          const body = `You sent ${secrets.join(' ')} and ${JSON.stringify(secrets)}`.slice(0, 400);
          const fault = {
            path: /qrs\/(app|stream|tag)/,
            times: Number.POSITIVE_INFINITY,
            fault: { status: 400, body },
          };
          terminal.dev.faults.add(fault);
        };
        // What a way in does not use, the run does not know.
        const { said, written, secrets } = await inThisWay(terminal, way, all => echo(ownOf(way, all)));
        assert.equal(said.code, 1);
        assert.match(said.err, /You sent [^,]*\*\*\*/);
        assertHidden(said.out + said.err + written, ownOf(way, secrets));
      },
      { devData: { users: USERS }, testData: { users: USERS } },
    ));
}

test('secrets: a CI system that hides what it is told about is told, in its own way, on stderr', () =>
  atTerminal(async terminal => {
    for (const [environment, command] of [
      [{ GITHUB_ACTIONS: 'true' }, '::add-mask::'],
      [{ TF_BUILD: 'True' }, '##vso[task.setsecret]'],
    ] as const) {
      const { said, written, secrets } = await inThisWay(terminal, 'certificate', undefined, environment);
      const lines = said.err.split('\n');
      const told = lines.filter(line => line.startsWith(command));
      const keyLine = secrets[0]?.split('\n')[1] ?? '';
      assert.ok(
        told.some(line => line.includes(keyLine)),
        command,
      );
      // Nothing secret in any other line.
      const rest = lines.filter(line => !told.includes(line)).join('\n');
      assertHidden(said.out + rest + written, secrets);
    }
  }));
