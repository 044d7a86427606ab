import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appNamed, exported, keyed, qrs, send, started, text } from './client.ts';

const fileOf = async (sim: Awaited<ReturnType<typeof started>>) => {
  const path = await exported(sim, appNamed(sim, 'Sales').id);
  return (await send(sim, 'GET', keyed(path))).bytes;
};

const site = () => started({ data: { apps: [{ name: 'Sales', size: '300 KB' }] } });

async function* inPieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const raw = 'application/vnd.qlik.sense.app';

for (const type of [raw, `${raw};charset=utf-8`, `${raw.toUpperCase()} ; x=y`]) {
  test(`an upload of the type "${type}" is taken`, async () => {
    const sim = await site();
    const upload = await fileOf(sim);
    const reply = await qrs(sim, 'POST', '/app/upload?name=New', {
      upload,
      headers: { 'Content-Type': type },
    });
    assert.equal(reply.status, 201);
    const digest = await sim.digest(appNamed(sim, 'Sales').id);
    assert.equal(await sim.digest(text(reply.json, 'id')), digest);
  });
}

// Pieces that end anywhere: in the head, in the line break before the boundary, in the boundary.
for (const length of [1_000_000, 65_536, 4096, 997, 61]) {
  for (const quoted of [false, true]) {
    test(`a form in pieces of ${length} bytes, boundary ${quoted ? 'quoted' : 'bare'}, is taken`, async () => {
      const sim = await site();
      const boundary = '----boundary:0123456789';
      const form = Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Disposition: form-data; name="qvfFile"; filename="a.qvf"\r\n` +
            `Content-Type: application/octet-stream\r\n\r\n`,
        ),
        await fileOf(sim),
        Buffer.from(
          `\r\n--${boundary}\r\nContent-Disposition: form-data; name="b"\r\n\r\nrest\r\n--${boundary}--\r\n`,
        ),
      ]);
      const type = `multipart/form-data; boundary=${quoted ? `"${boundary}"` : boundary}`;
      const reply = await qrs(sim, 'POST', '/app/upload?name=New', {
        upload: inPieces(form, length),
        headers: { 'Content-Type': type },
      });
      assert.equal(reply.status, 201, reply.text);
      const digest = await sim.digest(appNamed(sim, 'Sales').id);
      assert.equal(await sim.digest(text(reply.json, 'id')), digest);
    });
  }
}

test('a form that is none, or has no end, or no file, is refused, and no app is made', async () => {
  const sim = await site();
  const status = async (upload: string) =>
    (
      await qrs(sim, 'POST', '/app/upload?name=New', {
        upload: Buffer.from(upload),
        headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      })
    ).status;
  assert.equal(await status('anything'), 400);
  assert.equal(await status('--y\r\n\r\nfile\r\n--y--\r\n'), 400);
  assert.equal(await status('--x\r\n\r\nfile'), 400);
  assert.equal(await status('--x\r\n\r\n\r\n--x--\r\n'), 400);
  assert.equal(sim.site.apps.size, 1);
});
