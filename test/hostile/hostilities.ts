import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Hostility } from './front.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

/** Sends such pieces for as long as the other end takes them, up to 5 GB. */
async function pour(response: ServerResponse, piece: Buffer, pause = 0): Promise<void> {
  response.setMaxListeners(0);
  for (let sent = 0; sent < 5e9 && !response.destroyed; sent += piece.length) {
    if (!response.write(piece) || pause > 0) {
      await new Promise<void>(resolve => {
        response.once('drain', resolve).once('close', resolve);
        if (pause > 0) setTimeout(resolve, pause);
      });
    }
  }
  response.end();
}

const answering =
  (status: number, headers: Record<string, string>, body: string | Buffer): Hostility =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

/** Everything that the other end may do to an answer, by its name. */
export const HOSTILITIES: Readonly<Record<string, Hostility>> = {
  'an endless answer': ({ response }) => {
    response.writeHead(200, JSON_TYPE);
    return pour(response, Buffer.alloc(MIB, ' '));
  },
  'an endless refusal': ({ response }) => {
    response.writeHead(500, { 'content-type': 'text/plain' });
    return pour(response, Buffer.alloc(MIB, 'x'));
  },
  'an endless page': ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    return pour(response, Buffer.alloc(MIB, '<p>'));
  },
  'an answer byte by byte': ({ response }) => {
    response.writeHead(200, JSON_TYPE);
    return pour(response, Buffer.from(' '), 20);
  },
  'a refusal byte by byte': ({ response }) => {
    response.writeHead(503);
    return pour(response, Buffer.from('x'), 20);
  },
  'early hints without end': async ({ response }) => {
    while (!response.destroyed) {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      await wait(20);
    }
  },
  silence: () => {},
  'half an answer, and the connection cut': async ({ response, genuine }) => {
    const { headers, body } = await genuine();
    response.writeHead(200, headers);
    response.write(body.subarray(0, body.length / 2));
    await wait(20);
    response.destroy();
  },
  'the connection cut': ({ response }) => response.destroy(),
  null: answering(200, JSON_TYPE, 'null'),
  'a list of nulls': answering(200, JSON_TYPE, '[null,null]'),
  'an object of another shape': answering(200, JSON_TYPE, '{"id":{},"name":[],"value":7}'),
  'a list of other shapes': answering(200, JSON_TYPE, '[{"id":7,"name":null},[],"x"]'),
  'lists in lists': answering(200, JSON_TYPE, '['.repeat(100_000) + ']'.repeat(100_000)),
  'a million small things': answering(200, JSON_TYPE, `[${Array(1_000_000).fill('{}').join(',')}]`),
  'what is not JSON': answering(200, JSON_TYPE, '{"id": "'),
  nothing: answering(200, JSON_TYPE, ''),
  'all that it was sent': ({ request, response }) =>
    response.writeHead(400).end(JSON.stringify(request.headers) + request.url),
  'a page that shows all that it was sent': ({ request, response }) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${JSON.stringify(request.headers)}`),
  'headers without end': ({ response }) => {
    response.socket?.write(`HTTP/1.1 200 OK\r\n${'x-filler: y\r\n'.repeat(100_000)}`);
  },
  'what is not HTTP': ({ response }) => {
    response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n');
  },
  'a redirect elsewhere': answering(302, { location: 'https://elsewhere.invalid/' }, ''),
  'a marked name with control characters': answering(
    403,
    { 'content-type': 'text/plain' },
    'No \u001b[2J\u202e right \u0007::error::forged',
  ),
};
