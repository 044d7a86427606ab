import assert from 'node:assert/strict';
import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { spool } from '../../src/promote/app-file/spool.ts';
import { onReceiver, upload } from './receiver.ts';

const KB = 1024;

/** Reads a little, and then lets the others go on for a while: what is sent piles up in every queue on the way. */
async function* slowly(request: IncomingMessage) {
  for await (const piece of request) {
    yield piece;
    for (let turns = 0; turns < 10; turns += 1) await turn();
  }
}

/** Random pieces in the same memory: each is overwritten as soon as the next one is asked for. */
function inOneMemory(sizes: readonly number[]) {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* content() {
    const memory = Buffer.alloc(Math.max(...sizes));
    for (const size of sizes) {
      const piece = randomFillSync(memory.subarray(0, size));
      hash.update(piece);
      bytes += size;
      yield piece;
      memory.fill(0);
    }
  }
  return { content: content(), sent: () => ({ bytes, sha256: hash.digest('hex') }) };
}

const repeated = (count: number, ...sizes: number[]) => Array.from({ length: count }, () => sizes).flat();

const SIZES: [string, number[]][] = [
  ['large pieces', repeated(64, 256 * KB)],
  ['pieces as large as the queue', repeated(256, 64 * KB)],
  ['pieces a little smaller', repeated(256, 64 * KB - 1)],
  ['small pieces', repeated(3000, 5 * KB)],
  ['pieces of all sizes', repeated(60, 256 * KB, 1, 15 * KB, 16 * KB, 17 * KB, 63 * KB, 65 * KB, 3)],
];

for (const [what, sizes] of SIZES) {
  for (const known of [true, false]) {
    test(`upload: ${what} arrive as they were, ${known ? 'with a length' : 'chunked'}`, () =>
      onReceiver(slowly, async qrs => {
        const { content, sent } = inOneMemory(sizes);
        const length = known ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
        assert.deepEqual(await upload(qrs, content, length), sent());
      }));
  }
}

test('upload: what is sent at the same time is not mixed up', () =>
  onReceiver(slowly, async qrs => {
    const uploads = repeated(6, 256 * KB).map(() => inOneMemory(repeated(12, 256 * KB, 20 * KB)));
    const got = await Promise.all(uploads.map(({ content }) => upload(qrs, content)));
    assert.deepEqual(
      got,
      uploads.map(({ sent }) => sent()),
    );
  }));

test('upload: a file that is uploaded while it arrives is the same on a slow site, on a quick one, and on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-upload-'));
  const { content, sent } = inOneMemory(repeated(40, 16 * KB, 3, 256 * KB, 70 * KB));
  const kept = await spool(content, join(folder, 'app.qvf'));
  try {
    await onReceiver(slowly, async slow => {
      await onReceiver(
        request => request,
        async quick => {
          const got = await Promise.all([slow, slow, quick].map(qrs => upload(qrs, kept.follow())));
          const expected = sent();
          assert.deepEqual(got, [expected, expected, expected]);
          assert.deepEqual(await kept.whole, expected);
        },
      );
    });
  } finally {
    await kept.remove();
    rmSync(folder, { recursive: true });
  }
});

test('upload: when all bytes are sent, their source is not waited for, and the connection is kept', () =>
  onReceiver(
    request => request,
    async (qrs, connections) => {
      let ends = false;
      async function* lingering() {
        yield randomBytes(256 * KB);
        await new Promise(resolve => setImmediate(resolve));
        ends = true;
        await new Promise(() => {});
      }
      for (let count = 0; count < 3; count += 1) await upload(qrs, lingering(), 256 * KB);
      assert.equal(ends, false);
      assert.equal(connections(), 1);
    },
  ));

/** Begins to read, and never goes on. */
async function* stuck(request: IncomingMessage) {
  for await (const piece of request) {
    yield piece;
    await new Promise(() => {});
  }
}

async function* endless() {
  for (;;) yield randomBytes(256 * KB);
}

test('upload: a site that takes no more bytes for two minutes is given up, not before', context =>
  onReceiver(stuck, async qrs => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let over = false;
    const ending = upload(qrs, endless()).then(
      () => assert.fail('it was taken'),
      (error: Error) => {
        over = true;
        return error;
      },
    );
    // Until the queues on the way are full.
    for (let turns = 0; turns < 2000; turns += 1) await turn();
    context.mock.timers.tick(119_000);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    assert.equal(over, false);
    context.mock.timers.tick(1_000);
    assert.equal(
      (await ending).message,
      'Site "slow" gave no answer when asked to upload it: the site took no more bytes.',
    );
  }));
