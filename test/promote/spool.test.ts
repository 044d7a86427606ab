import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { spool } from '../../src/promote/spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-spool-'));
after(() => rmSync(folder, { recursive: true }));

async function digest(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
}

/** A source that gives a piece each time it is allowed to. */
function gated(pieces: readonly Uint8Array[], end?: Error) {
  const gates = pieces.map(() => Promise.withResolvers<void>());
  async function* source() {
    for (const [index, piece] of pieces.entries()) {
      await gates[index]?.promise;
      yield piece;
    }
    if (end) throw end;
  }
  return { source: source(), open: (index: number) => gates[index]?.resolve() };
}

test('spool: readers get the bytes while they arrive, each from the beginning', async () => {
  const pieces = [randomBytes(700_000), randomBytes(1), randomBytes(300_000)];
  const { source, open } = gated(pieces);
  const file = join(folder, 'a');
  const kept = await spool(source, file);
  const early = kept.follow()[Symbol.asyncIterator]();
  const first = early.next();
  open(0);
  const got = await first;
  assert.ok(!got.done && got.value.length > 0, 'the first bytes come before the last ones');
  const whole = digest(kept.follow());
  open(1);
  open(2);
  const expected = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
  assert.equal(await whole, expected);
  assert.deepEqual(await kept.whole, { bytes: 1_000_001, sha256: expected });
  assert.equal(await digest(kept.follow()), expected, 'also afterwards');
  await kept.remove();
  assert.equal(existsSync(file), false);
});

test('spool: a reader that stops early holds up nobody', async () => {
  const content = randomBytes(2_000_000);
  const kept = await spool(gatedOpen(content), join(folder, 'b'));
  for await (const _ of kept.follow()) break;
  assert.equal((await kept.whole).bytes, 2_000_000);
  await kept.remove();
});

async function* gatedOpen(content: Uint8Array) {
  yield content;
}

test('spool: a source that breaks off breaks every reader with the cause', async () => {
  const cause = new Error('broke off');
  const { source, open } = gated([randomBytes(10)], cause);
  const kept = await spool(source, join(folder, 'c'));
  const reading = digest(kept.follow());
  assert.equal(kept.broken(), undefined);
  open(0);
  await assert.rejects(reading, cause);
  await assert.rejects(kept.whole, cause);
  assert.equal(kept.broken(), cause);
  await assert.rejects(digest(kept.follow()), cause);
  await kept.remove();
});
