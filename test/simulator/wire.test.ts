import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { at, headersFor, keyed, qrs, send, started, text } from './client.ts';

const printed: string[] = [];
const sim = await started({
  print: line => printed.push(line),
  data: {
    streams: ['Everyone', 'Review'],
    apps: [
      { name: 'Beta', stream: 'Everyone', size: 200 },
      { name: 'alpha', size: 100_000 },
    ],
    users: ['CORP\\jörg & co'],
  },
});
const header = 'X-Qlik-Xrfkey';
const forgery = 'XSRF prevention check failed. Possible XSRF discovered.';

test('about answers with whatever case the path is in', async () => {
  const reply = await send(sim, 'GET', '/QRS/About?XrfKey=0123456789abcdef');
  assert.equal(reply.status, 200);
  assert.equal(at(reply.json, 'schemaPath'), 'About');
});

for (const [why, path, key] of [
  ['no key in the query', '/qrs/about', '0123456789abcdef'],
  ['another key', '/qrs/about?xrfkey=0123456789abcdeg', '0123456789abcdef'],
  ['a short key', '/qrs/about?xrfkey=0123456789ab', '0123456789ab'],
  ['a sign that is no letter', '/qrs/about?xrfkey=0123456789abcde-', '0123456789abcde-'],
  ['no key at all', '/qrs/about', ''],
] as const) {
  test(`${why} is taken for a forgery`, async () => {
    const reply = await send(sim, 'GET', path, { headers: { [header]: key } });
    assert.deepEqual([reply.status, reply.text], [403, forgery]);
  });
}

for (const [user, status] of [
  ['UserDirectory=INTERNAL; UserId=sa_api', 200],
  ['UserDirectory=internal;UserId=SA_repository', 200],
  ['UserDirectory=CORP; UserId=j%C3%B6rg%20%26%20co', 200],
  ['UserDirectory=CORP; UserId=nobody', 403],
  ['sa_api', 403],
  ['', 403],
] as const) {
  test(`the user header "${user}" gives ${status}`, async () => {
    const reply = await qrs(sim, 'GET', '/about', { headers: { 'X-Qlik-User': user } });
    assert.equal(reply.status, status);
  });
}

test('a POST without a length or chunks is answered 411', async () => {
  const { port } = new URL(sim.url);
  const socket = connect({
    port: Number(port),
    host: 'localhost',
    ca: sim.ca,
    cert: sim.certificate,
    key: sim.key,
  });
  await once(socket, 'secureConnect');
  const headers = Object.entries(headersFor()).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `POST ${keyed('/qrs/tag')} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers.join('')}\r\n`,
  );
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const answer = Buffer.concat(chunks).toString();
  assert.match(answer, /^HTTP\/1\.1 411 /);
  assert.match(answer, /HTTP Error 411\. The request must be chunked or have a content length\./);
});

test('an unknown path is printed and answered in words of its own', async () => {
  const reply = await qrs(sim, 'GET', '/app//hubinfo');
  assert.deepEqual([reply.status, reply.text], [404, 'No matching endpoint found']);
  assert.deepEqual(printed, ['GET /qrs/app//hubinfo: no matching endpoint']);
});

test('a parameter without a value is missed', async () => {
  for (const query of ["filter=name eq 'A & B'", 'filter', 'filter=']) {
    const reply = await qrs(sim, 'GET', `/app?${query.replaceAll(' ', '%20')}`);
    assert.deepEqual([reply.status, reply.text], [400, 'Missing parameter value(s)']);
  }
});

test('a filter that cannot be parsed is quoted', async () => {
  const reply = await qrs(sim, 'GET', `/app?filter=${encodeURIComponent('name eq "x"')}`);
  assert.deepEqual([reply.status, reply.text], [400, 'Cannot parse the expression: name eq "x"']);
});

test('lists are condensed or full, counted, filtered and ordered', async () => {
  const list = async (path: string) => (await qrs(sim, 'GET', path)).json;
  const condensed = await list("/app?Filter=name%20sw%20'B'");
  assert.equal(at(condensed, 'length'), 1);
  assert.equal(at(condensed, 0, 'stream', 'name'), 'Everyone');
  assert.equal(at(condensed, 0, 'owner'), undefined);
  assert.equal(at(condensed, 0, 'privileges'), null);
  const names = async (order: string) => at(await list(`/app/full?orderby=${order}`), 0, 'name');
  assert.deepEqual(
    [await names('name'), await names('name%20desc'), await names('filesize')],
    ['alpha', 'Beta', 'Beta'],
  );
  assert.deepEqual(await list('/stream/count'), { value: 2 });
  assert.equal(at(await list('/app/full?privileges=true'), 0, 'privileges', 1), 'read');
  assert.equal(text(await list("/user/full?filter=userDirectory%20eq%20'CORP'"), 0, 'userId'), 'jörg & co');
});

test('ids are checked, and looked up', async () => {
  assert.equal((await qrs(sim, 'GET', '/app/31ee79a6')).status, 400);
  assert.equal((await qrs(sim, 'GET', `/app/${crypto.randomUUID()}`)).status, 404);
});

test('a wrong or missing client certificate is forbidden, or the connection is cut', async () => {
  const stranger = await (await createAuthority('elsewhere')).issueClient({ name: 'QlikClient' });
  for (const certificate of [stranger, undefined]) {
    sim.site.switches.certificate = 'forbidden';
    const reply = await qrs(sim, 'GET', '/about', { certificate });
    assert.deepEqual([reply.status, reply.text], [403, 'Forbidden']);
    sim.site.switches.certificate = 'reset';
    await assert.rejects(qrs(sim, 'GET', '/about', { certificate }), { code: 'ECONNRESET' });
  }
  assert.equal((await qrs(sim, 'GET', '/about')).status, 200);
});

test('the server certificate names its hosts and no others', async () => {
  const other = await started({ hostNames: ['QLIK-DEV01'] });
  await assert.rejects(qrs(other, 'GET', '/about'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('the authority makes certificates that are not valid yet, or not any more', async () => {
  const authority = await createAuthority('root');
  const expired = await authority.issueServer({
    hostNames: ['localhost'],
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
  });
  const { X509Certificate } = await import('node:crypto');
  assert.equal(
    new X509Certificate(expired.certificatePem).validToDate.toISOString(),
    '2021-01-01T00:00:00.000Z',
  );
  assert.ok(
    new X509Certificate(expired.certificatePem).verify(
      new X509Certificate(authority.certificatePem).publicKey,
    ),
  );
});

test('requests and handshakes are counted', async () => {
  sim.counters.reset();
  await qrs(sim, 'GET', '/about');
  await qrs(sim, 'GET', '/tag', { user: 'nobody' });
  assert.equal(sim.counters.handshakes, 2);
  assert.equal(sim.counters.count('GET', /^\/qrs\/about$/), 1);
  assert.deepEqual(
    sim.counters.requests.map(({ path, query, user, status }) => [path, query, user, status]),
    [
      ['/qrs/about', 'xrfkey=0123456789abcdef', 'INTERNAL\\sa_api', 200],
      ['/qrs/tag', 'xrfkey=0123456789abcdef', '', 403],
    ],
  );
});

test('after a restart the connection is refused, then the answer is no JSON, then it is right', async () => {
  const site = await started();
  site.site.switches.boot = { refuse: 30, notJson: 150 };
  const restarted = site.restart();
  await assert.rejects(qrs(site, 'GET', '/about'), { code: /ECONNREFUSED|ECONNRESET/ });
  await restarted;
  const early = await qrs(site, 'GET', '/about');
  assert.deepEqual([early.status, early.json], [200, undefined]);
  let reply = early;
  while (reply.json === undefined) reply = await qrs(site, 'GET', '/about');
  assert.equal(at(reply.json, 'schemaPath'), 'About');
});
