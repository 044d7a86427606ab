import type { IncomingMessage } from 'node:http';
import { Refusal } from './answers.ts';

const raw = /^application\/vnd\.qlik\.sense\.app\s*(;|$)/i;
const form = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i;

/** The file of an upload, which is the whole body or the first part of a form (docs/qrs.md 4.2). */
export function uploadedFile(request: IncomingMessage): AsyncIterable<Buffer> {
  const type = request.headers['content-type'] ?? '';
  if (raw.test(type)) return request;
  const [, quoted, bare] = form.exec(type) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw new Refusal(415, 'Unsupported Media Type');
  return firstPart(request, boundary);
}

/** The body of the first part of a form, as it arrives; the rest of the form is read and ignored. */
function firstPart(bytes: AsyncIterable<Buffer>, boundary: string): AsyncIterable<Buffer> {
  return until(Buffer.from(`\r\n--${boundary}`), afterHead(`--${boundary}\r\n`, bytes));
}

async function* afterHead(begin: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of bytes) {
    if (!head) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    const at = head.indexOf('\r\n\r\n');
    if (at < 0) continue;
    if (!head.toString('latin1').startsWith(begin))
      throw new Refusal(400, 'The form does not begin with its boundary');
    yield head.subarray(at + 4);
    head = undefined;
  }
}

async function* until(end: Buffer, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // What may be the beginning of the end is held back until the next piece.
  let held = Buffer.alloc(0);
  let found = false;
  for await (const piece of bytes) {
    if (found) continue;
    held = Buffer.concat([held, piece]);
    const at = held.indexOf(end);
    found = at >= 0;
    const length = found ? at : Math.max(0, held.length - end.length);
    if (length > 0) yield held.subarray(0, length);
    held = held.subarray(length);
  }
  if (!found) throw new Refusal(400, 'The form has no end');
}
