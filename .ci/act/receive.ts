import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A place for webhooks: what was posted, by its path. */
export async function receiveWebhooks(
  t: TestContext,
): Promise<{ url: string; posted: Map<string, unknown> }> {
  const posted = new Map<string, unknown>();
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', piece => (body += piece));
    request.on('end', () => {
      posted.set(request.url ?? '', JSON.parse(body));
      response.end();
    });
  });
  return { url: `http://127.0.0.1:${await open(t, server)}`, posted };
}

/** A mail server that takes all: the mails, each with the login that came along, and the envelope. */
export async function receiveMail(t: TestContext): Promise<{ url: string; mails: string[] }> {
  const mails: string[] = [];
  const server = createServer(socket => converse(socket, mail => mails.push(mail)));
  return { url: `smtp://127.0.0.1:${await open(t, server)}`, mails };
}

/** As much of SMTP as curl needs to hand over one mail. */
function converse(socket: Socket, keep: (mail: string) => void): void {
  let mail = '';
  let inside = false;
  let rest = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  const answers: [RegExp, string][] = [
    [/^EHLO/, '250-mail\r\n250 AUTH PLAIN'],
    [/^AUTH PLAIN$/, '334 '],
    [/^DATA$/, '354 go on'],
    [/^QUIT$/, '221 bye'],
    [/^MAIL|^RCPT/, '250 fine'],
  ];
  const hear = (line: string) => {
    if (inside) {
      if (line !== '.') mail += `${line}\n`;
      else keep(mail);
      inside = line !== '.';
      if (!inside) say('250 kept');
      return;
    }
    inside = line === 'DATA';
    const known = answers.find(([pattern]) => pattern.test(line));
    if (!known) mail += `login ${Buffer.from(line, 'base64').toString().replaceAll('\0', '|')}\n`;
    if (/^MAIL|^RCPT/.test(line)) mail += `${line}\n`;
    say(known?.[1] ?? '235 welcome');
  };
  socket.on('data', piece => {
    const lines = (rest + piece).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
  socket.on('error', () => socket.destroy());
  say('220 mail');
}

async function open(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
