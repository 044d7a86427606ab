import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';
import { z } from 'zod';
import { peakMemory } from '../../test/peak-memory.ts';

/** One export into memory, and for each stream an upload of all of it. Orders come on stdin; it prints its peak, MiB. */

const reachShape = z.object({ url: z.string(), cert: z.string(), key: z.string(), ca: z.string() });
const orderShape = z.object({
  app: z.string(),
  streams: z.array(z.string()),
  from: reachShape,
  to: reachShape,
});
const KEY = 'bench0123456789a';
const HEADERS = {
  'x-qlik-xrfkey': KEY,
  'x-qlik-user': 'UserDirectory=INTERNAL; UserId=sa_api',
};

const order = orderShape.parse(JSON.parse(await text(process.stdin)));
const [from, to] = [order.from, order.to].map(siteAt);
if (!from || !to) throw new Error('two sites are needed');
const token = `/qrs/app/${order.app}/export/${randomUUID()}?skipdata=false`;
const { downloadPath } = z
  .object({ downloadPath: z.string() })
  .parse(JSON.parse(await read(from, 'POST', token)));
const file = await bytes(from, downloadPath);
for (const name of order.streams) {
  const filter = encodeURIComponent(`name eq '${name}'`);
  const [stream] = z
    .array(z.object({ id: z.string() }))
    .parse(JSON.parse(await read(to, 'GET', `/qrs/stream?filter=${filter}`)));
  const made = await read(to, 'POST', `/qrs/app/upload?name=${name}&keepdata=true`, file);
  const { id } = z.looseObject({ id: z.string() }).parse(JSON.parse(made));
  await read(to, 'PUT', `/qrs/app/${id}/publish?stream=${stream?.id}&name=Big`);
}
await Promise.all([from.close(), to.close()]);
process.stdout.write(String(peakMemory() / 1024 / 1024));

function siteAt({ url, ...connect }: z.infer<typeof reachShape>): Pool {
  return new Pool(url, { connect, bodyTimeout: 0, headersTimeout: 0 });
}

async function ask(site: Pool, method: 'GET' | 'POST' | 'PUT', path: string, body?: Buffer) {
  const length = body && {
    'content-type': 'application/vnd.qlik.sense.app',
    'content-length': `${body.length}`,
  };
  const keyed = `${path}${path.includes('?') ? '&' : '?'}xrfkey=${KEY}`;
  const answer = await site.request({
    method,
    path: keyed,
    headers: { ...HEADERS, ...length },
    body: body ? Readable.from(parts(body)) : null,
  });
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode}`);
  return answer;
}

/** TLS would hold a second copy of a file that it is given at once. */
function* parts(file: Buffer) {
  for (let at = 0; at < file.length; at += 65_536) yield file.subarray(at, at + 65_536);
}

async function read(...call: Parameters<typeof ask>): Promise<string> {
  return (await ask(...call)).body.text();
}

/** Into one piece of memory, as a concatenation of the pieces would take twice as much. */
async function bytes(site: Pool, path: string): Promise<Buffer> {
  const { headers, body } = await ask(site, 'GET', path);
  const whole = Buffer.allocUnsafe(Number(headers['content-length']));
  let filled = 0;
  for await (const piece of body) filled += Buffer.from(piece).copy(whole, filled);
  return whole;
}
