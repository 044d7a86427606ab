import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BUFFER_SIZE } from '../../src/promote/app-file/buffers.ts';
import { spool } from '../../src/promote/app-file/spool.ts';
import { startWriter } from '../../src/promote/app-file/writer.ts';

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

const SIZES = [1, 16_384, 300_000, 700, 262_144, 16_384, 1_000_000, 5];

/** Random bytes in pieces of all sizes, with a pause after some of them; the memory of each is overwritten afterwards. */
function uneven(rounds: number) {
  const hash = createHash('sha256');
  async function* source() {
    for (let round = 0; round < rounds; round += 1) {
      for (const size of SIZES) {
        const piece = randomBytes(size);
        hash.update(piece);
        yield piece;
        piece.fill(0);
        if (round % 3 === 0) await turn();
      }
    }
  }
  return { source: source(), digest: () => hash.digest('hex') };
}

/** Reads a piece only when it has had it for some turns, right before it asks for the next one. */
async function digestLate(content: AsyncIterable<Uint8Array>, turns: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of content) {
    for (let left = turns; left > 0; left -= 1) await turn();
    hash.update(piece);
  }
  return hash.digest('hex');
}

test('spool: no piece changes as long as its reader has it, however slow that one is', async () => {
  const { source, digest: expected } = uneven(20);
  const kept = await spool(source, join(folder, 'd'));
  const stuck = kept.follow()[Symbol.asyncIterator]();
  const held = await stuck.next();
  assert.ok(!held.done);
  const before = Buffer.from(held.value);
  const readers = [0, 0, 1, 3, 20].map(turns => digestLate(kept.follow(), turns));
  for await (const _ of kept.follow()) break;
  await kept.whole;
  readers.push(digestLate(kept.follow(), 2));
  const digests = await Promise.all(readers);
  const { bytes, sha256 } = await kept.whole;
  assert.equal(bytes, 20 * SIZES.reduce((sum, size) => sum + size, 0));
  assert.equal(sha256, expected());
  assert.deepEqual(
    digests,
    digests.map(() => sha256),
  );
  assert.deepEqual(Buffer.from(held.value), before);
  await kept.remove();
});

test('spool: memory is used again', async () => {
  const { source } = uneven(20);
  const kept = await spool(source, join(folder, 'e'));
  const seen = new Set<unknown>();
  for await (const piece of kept.follow()) seen.add(piece.buffer);
  await kept.whole;
  for await (const piece of kept.follow()) seen.add(piece.buffer);
  assert.ok(
    seen.size < 8,
    `${seen.size} buffers for ${((await kept.whole).bytes / BUFFER_SIZE).toFixed(0)} pieces`,
  );
  await kept.remove();
});

test('spool: a file that somebody cuts off is an error, no endless reading', async () => {
  const file = join(folder, 'f');
  const kept = await spool(gatedOpen(randomBytes(1000)), file);
  await kept.whole;
  truncateSync(file);
  await assert.rejects(
    digest(kept.follow()),
    /^InputError: The app's file at .* was cut off by somebody else\.$/,
  );
  await kept.remove();
});

/** So many bytes that a thread of its own takes over: 70 MiB, no two MiB alike. */
async function* large() {
  const piece = randomBytes(2 ** 20);
  for (let round = 0; round < 70; round += 1) {
    piece.writeUInt32LE(round);
    yield Buffer.from(piece);
  }
}

test('spool: a large file has the same bytes and digest for quick and for late readers', async () => {
  const hash = createHash('sha256');
  async function* source() {
    for await (const piece of large()) {
      hash.update(piece);
      yield piece;
    }
  }
  const file = join(folder, 'g');
  const kept = await spool(source(), file);
  const readers = [0, 1].map(turns => digestLate(kept.follow(), turns));
  const { bytes, sha256 } = await kept.whole;
  assert.equal(bytes, 70 * 2 ** 20);
  assert.equal(sha256, hash.digest('hex'));
  assert.deepEqual(await Promise.all(readers), [sha256, sha256]);
  assert.equal(await digest(kept.follow()), sha256, 'also afterwards');
  assert.equal(await digest(createReadStream(file)), sha256, 'and on the disk');
  await kept.remove();
});

test('spool: a large source that breaks off late breaks every reader with the cause', async () => {
  const cause = new Error('the site went away');
  async function* source() {
    yield* large();
    throw cause;
  }
  const kept = await spool(source(), join(folder, 'h'));
  await Promise.all([assert.rejects(digest(kept.follow()), cause), assert.rejects(kept.whole, cause)]);
  assert.equal(kept.broken(), cause);
  await kept.remove();
});

test('writer: what the system refuses is its error, and the next order is answered too', async () => {
  const file = join(folder, 'i');
  writeFileSync(file, 'begun');
  const reading = await open(file, 'r');
  const writer = startWriter(reading.fd, 5);
  const bytes = Buffer.from(new SharedArrayBuffer(10));
  await assert.rejects(writer.write(bytes, 5), /EBADF/);
  await assert.rejects(writer.write(bytes, 5), /EBADF/);
  assert.equal(await writer.digest(), createHash('sha256').update('begun').digest('hex'));
  await writer.close();
  await reading.close();
});

test('writer: an order after the end of the thread is refused, and does not wait for ever', async () => {
  const file = join(folder, 'j');
  writeFileSync(file, '');
  const opened = await open(file, 'r+');
  const writer = startWriter(opened.fd, 0);
  const bytes = Buffer.from(new SharedArrayBuffer(10));
  await writer.close();
  await assert.rejects(writer.write(bytes, 10), /the thread that writes the file has ended/);
  await opened.close();
});
