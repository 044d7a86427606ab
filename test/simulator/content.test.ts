import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { make } from '../../simulator/site/made-content.ts';
import { appNamed, at, exported, keyed, open, qrs, send, started, text, until } from './client.ts';

const sim = await started({
  data: {
    apps: [
      { name: 'A', size: '3 MB' },
      { name: 'B', size: '3 MB' },
    ],
  },
});
const a = appNamed(sim, 'A');

async function download(id: string, query = '') {
  return (await send(sim, 'GET', await exported(sim, id, query))).bytes;
}

async function upload(bytes: Buffer, query = '') {
  const reply = await qrs(sim, 'POST', `/app/upload?name=x${query}`, { upload: bytes });
  return { id: text(reply.json, 'id'), size: at(reply.json, 'fileSize') };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const kindOf = (id: string) => sim.site.apps.get(id)?.content.kind;

test('what was exported and uploaded again is the same, and costs no disk', async () => {
  const bytes = await download(a.id);
  assert.equal(sha256(bytes), await sim.digest(a.id));
  const { id, size } = await upload(bytes);
  assert.deepEqual([size, kindOf(id)], [3_000_000, 'made']);
  assert.equal(await sim.digest(id), await sim.digest(a.id));
});

test('two apps of the same size differ', async () => {
  assert.notEqual(await sim.digest(a.id), await sim.digest(appNamed(sim, 'B').id));
});

const damages: [string, (bytes: Buffer) => Buffer][] = [
  ['one changed byte in the middle', bytes => changed(bytes, 1_500_000)],
  ['one changed byte in the first line', bytes => changed(bytes, 30)],
  ['one changed byte at the end', bytes => changed(bytes, bytes.length - 1)],
  ['a missing end', bytes => bytes.subarray(0, -1)],
  ['an end within the first line', bytes => bytes.subarray(0, 40)],
  ['something more', bytes => Buffer.concat([bytes, Buffer.from('x')])],
  ['a file of another making', () => Buffer.from('PK and so on')],
];

function changed(bytes: Buffer, index: number) {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
}

for (const [what, damage] of damages) {
  test(`an upload with ${what} is kept as it came`, async () => {
    const damaged = damage(await download(a.id));
    const { id, size } = await upload(damaged);
    assert.deepEqual([size, kindOf(id)], [damaged.length, 'file']);
    assert.equal(await sim.digest(id), sha256(damaged));
    assert.notEqual(await sim.digest(id), await sim.digest(a.id));
    assert.ok((await download(id)).equals(damaged));
  });
}

test('without data the file is small, whether dropped at export or at upload', async () => {
  const small = await download(a.id, '?skipdata=true');
  assert.equal(small.length, 65_536);
  const [before, after] = [await upload(small), await upload(await download(a.id), '&keepdata=false')];
  assert.equal(await sim.digest(before.id), await sim.digest(after.id));
});

/** The temporary files of a simulator, of which one is there already. */
function filesBeside(path: string) {
  return readdirSync(dirname(path)).length;
}

async function siteWithFile() {
  const own = await started();
  const reply = await qrs(own, 'POST', '/app/upload?name=x', { upload: Buffer.from('x') });
  const id = text(reply.json, 'id');
  const content = own.site.apps.get(id)?.content;
  assert.ok(content?.kind === 'file');
  return { own, id, path: content.path };
}

test('an upload that breaks off makes no app and leaves no file', async () => {
  const { own, path } = await siteWithFile();
  async function* broken() {
    yield Buffer.alloc(100_000);
    await until(() => filesBeside(path) === 2);
    throw new Error('out of bytes');
  }
  const upload = broken();
  await assert.rejects(open(own, 'POST', keyed('/qrs/app/upload?name=x'), { upload }), /out of bytes/);
  await until(() => filesBeside(path) === 1);
  assert.equal(own.site.apps.size, 1);
});

test('the file of a deleted app is deleted, and at the end the whole directory', async () => {
  const { own, id, path } = await siteWithFile();
  await qrs(own, 'DELETE', `/app/${id}`);
  assert.equal(filesBeside(path), 0);
  await own.stop();
  assert.ok(!existsSync(dirname(path)));
});

test('bytes are the same in whatever pieces they are made', () => {
  const content = a.content;
  assert.ok(content.kind === 'made');
  const made = make(content.recipe);
  const whole = Buffer.alloc(200_000);
  made.fill(whole, 0);
  for (let offset = 0; offset < whole.length; offset += 13) {
    const piece = Buffer.alloc(Math.min(13, whole.length - offset));
    made.fill(piece, offset);
    assert.ok(piece.equals(whole.subarray(offset, offset + 13)), `at ${offset}`);
  }
});

test('a big app goes from site to site without being held in memory', async () => {
  const program = fileURLToPath(new URL('roundtrip.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const { same, size, grownMiB } = JSON.parse(stdout);
  assert.deepEqual([same, size], [true, 256 * 1024 * 1024]);
  assert.ok(grownMiB < 64, `grew by ${grownMiB} MiB`);
});
