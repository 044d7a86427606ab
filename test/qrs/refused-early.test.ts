import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { RemoteError } from '../../src/base/errors.ts';
import { onSite, upload } from './receiver.ts';

const PIECE = randomBytes(256 * 1024);

async function* file(pieces: number) {
  for (let count = 0; count < pieces; count += 1) yield PIECE;
}

/** How a server refuses an upload before it has read it. */
const REFUSALS: [string, number, number][] = [
  ['413 at once', 413, 0],
  ['500 at once', 500, 0],
  ['413 after some of it', 413, 300_000],
];

for (const [what, status, after] of REFUSALS) {
  for (const known of [true, false]) {
    test(`an upload that is refused early is told by its answer: ${what}, ${known ? 'with a length' : 'chunked'}`, () =>
      onSite(
        (request, response) => {
          const refuse = () => {
            response.writeHead(status, { connection: 'close', 'content-type': 'text/plain' });
            // With `connection: close`, Node closes the connection behind the answer, whatever was not read.
            response.end('Request Entity Too Large');
          };
          if (after === 0) return refuse();
          let read = 0;
          request.on('data', piece => {
            read += piece.length;
            if (read >= after) {
              request.pause();
              refuse();
            }
          });
        },
        async qrs => {
          for (let round = 0; round < 25; round += 1) {
            const error = await upload(qrs, file(80), known ? 80 * PIECE.length : undefined).then(
              () => assert.fail('it was taken'),
              caught => caught,
            );
            assert.ok(error instanceof RemoteError);
            assert.equal(error.status, status, error.message);
          }
        },
      ));
  }
}
