import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { appNamed, exported, headersFor, keyed, send, started } from './client.ts';

test('an upload is read that begins before the last bytes of a download have left', async () => {
  const sim = await started({
    data: {
      apps: [
        { name: 'Large', size: '30 MB' },
        { name: 'Small', size: '40 KB' },
      ],
    },
  });
  const small = (await send(sim, 'GET', await exported(sim, appNamed(sim, 'Small').id))).bytes;
  const large = await exported(sim, appNamed(sim, 'Large').id);
  const socket = connect({
    port: Number(new URL(sim.url).port),
    host: 'localhost',
    ca: sim.ca,
    cert: sim.certificate,
    key: sim.key,
  });
  await once(socket, 'secureConnect');
  const headers = Object.entries({ Host: 'localhost', ...headersFor() });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`GET ${large} HTTP/1.1\r\n${head}\r\n`);
  await once(socket, 'readable');
  // Nobody reads: the socket is full of the download.
  const type = `Content-Type: application/vnd.qlik.sense.app\r\nContent-Length: ${small.length}\r\n`;
  const upload = `POST ${keyed('/qrs/app/upload?name=New')} HTTP/1.1\r\n${head}${type}Connection: close\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(upload), small]));
  let end = '';
  for await (const piece of socket) end = (end + piece.toString('latin1')).slice(-5000);
  assert.ok(end.includes('HTTP/1.1 201 Created'), 'the upload was not taken');
  assert.equal(await sim.digest(appNamed(sim, 'New').id), await sim.digest(appNamed(sim, 'Small').id));
});
