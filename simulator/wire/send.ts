import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { contentBytes, contentSize } from '../site/content.ts';
import type { Answer } from '../verbs/answers.ts';
import type { Cut } from './faults.ts';

interface Manner {
  /** Whether a download announces its length; other answers always do. */
  readonly announceLength: boolean;
  readonly cut: Cut | undefined;
  /** Called with the number of bytes of each piece of a download. */
  readonly sent: (bytes: number) => void;
}

/**
 * Sends the answer, or as much of it as a fault lets through. Resolves when there is nothing more to send.
 */
export async function send(response: ServerResponse, answer: Answer, manner: Manner) {
  const { cut } = manner;
  response.writeHead(answer.status, { ...answer.headers, ...lengthHeader(answer, manner) });
  response.flushHeaders();
  try {
    const bytes = firstBytes(answer, cut?.bytes ?? Number.POSITIVE_INFINITY, manner);
    await pipeline(bytes, response, { end: cut === undefined || cut.how === 'endEarly' });
    if (cut?.how === 'truncate') response.socket?.destroySoon();
  } catch {
    // The client closed the connection; it needs no error.
    response.destroy();
  } finally {
    answer.afterwards?.();
  }
}

function lengthHeader({ status, content, body = '' }: Answer, { announceLength, cut }: Manner) {
  const announced = status !== 204 && cut?.how !== 'endEarly' && (announceLength || !content);
  const length = content ? contentSize(content) : Buffer.byteLength(body);
  return announced ? { 'Content-Length': length } : {};
}

async function* bodyBytes(body: string) {
  if (body !== '') yield Buffer.from(body);
}

async function* firstBytes({ content, body = '' }: Answer, most: number, { sent }: Manner) {
  let left = most;
  for await (const chunk of content ? contentBytes(content) : bodyBytes(body)) {
    const piece = chunk.subarray(0, Math.min(chunk.length, left));
    left -= piece.length;
    if (content) sent(piece.length);
    if (piece.length > 0) yield piece;
    if (left <= 0) return;
  }
}
