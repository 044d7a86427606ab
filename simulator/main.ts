import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkData, DataError, parseYaml } from './data.ts';
import { startSimulator } from './server.ts';

const usage =
  'Usage: npm run simulator -- --site NAME --port PORT --certs DIR [--data FILE.yml] [--switch NAME=VALUE]…';

function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      site: { type: 'string' },
      port: { type: 'string' },
      certs: { type: 'string' },
      data: { type: 'string' },
      switch: { type: 'string', multiple: true },
    },
  });
  const { site, port = '', certs, data, switch: switches = [] } = values;
  const problems: string[] = [];
  if (!site) problems.push('--site is missing: the name of the site.');
  if (!certs) problems.push('--certs is missing: the directory for the certificates.');
  if (!/^\d+$/.test(port) || Number(port) > 65535)
    problems.push('--port must be a number from 0 (any free) to 65535.');
  for (const text of switches)
    if (!/^\w+=./.test(text)) problems.push(`--switch ${text}: expected NAME=VALUE.`);
  if (!site || !certs || problems.length > 0) throw new DataError([...problems, usage]);
  return { site, port: Number(port), certs: resolve(certs), data, switches };
}

async function readData(path: string | undefined, switches: string[]) {
  const fromFile = path === undefined ? undefined : parseYaml(await readFile(path, 'utf8'));
  const data = checkData(fromFile);
  const fromLine = switches.map(text => {
    const at = text.indexOf('=');
    return [text.slice(0, at), parseYaml(text.slice(at + 1))];
  });
  return checkData({ ...data, switches: { ...data.switches, ...Object.fromEntries(fromLine) } });
}

async function main() {
  const { site: name, port, certs, data: file, switches } = readArguments(process.argv.slice(2));
  const data = await readData(file, switches);
  await mkdir(certs, { recursive: true });
  const simulator = await startSimulator({
    name,
    data,
    port,
    print: line => process.stderr.write(`${line}\n`),
  });
  process.once('SIGINT', () => void simulator.stop());
  process.once('SIGTERM', () => void simulator.stop());

  const { url, user } = simulator;
  const paths = {
    certificate: join(certs, 'client.pem'),
    key: join(certs, 'client_key.pem'),
    ca: join(certs, 'root.pem'),
  };
  await writeFile(paths.certificate, simulator.certificate);
  await writeFile(paths.key, simulator.key, { mode: 0o600 });
  await writeFile(paths.ca, simulator.ca);
  process.stdout.write(`${JSON.stringify({ site: name, url, ...paths, user })}\n`);
}

main().catch((cause: unknown) => {
  const problems =
    cause instanceof DataError ? cause.problems : [cause instanceof Error ? cause.message : String(cause)];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
});
