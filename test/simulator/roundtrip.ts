// Run as a process of its own, whose memory nothing else uses: 256 MiB from one site to another.
import { startSimulator } from '../../simulator/server.ts';
import { appNamed, exported, open, qrs, text } from './client.ts';

async function transfer(source: Awaited<ReturnType<typeof startSimulator>>, name: string) {
  const download = await open(source, 'GET', await exported(source, appNamed(source, name).id));
  return qrs(target, 'POST', '/app/upload?name=copy', { upload: download });
}

const data = {
  apps: [
    { name: 'small', size: '64 MiB' },
    { name: 'big', size: '256 MiB' },
  ],
};
const source = await startSimulator({ name: 'source', data });
const target = await startSimulator({ name: 'target' });

// The first transfer fills what buffers and the collector of garbage use at any size.
await transfer(source, 'small');
let most = 0;
const before = process.memoryUsage.rss();
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 10);
const reply = await transfer(source, 'big');
clearInterval(watch);

const id = text(reply.json, 'id');
const same = (await target.digest(id)) === (await source.digest(appNamed(source, 'big').id));
const size = target.site.apps.get(id)?.fileSize;
const grownMiB = Math.round((most - before) / 1024 / 1024);
process.stdout.write(JSON.stringify({ same, size, grownMiB }));
await Promise.all([source.stop(), target.stop()]);
