import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulator } from './server.ts';
import { checkData, DataError } from './site/data.ts';
import { readYaml } from './site/data-file.ts';

const usage = `Usage: npm run simulator -- --site NAME --port PORT --certs DIR [options]

Serves a stand-in for one Qlik Sense site over mutual TLS until Ctrl-C.

  --site NAME          how the site is called
  --port PORT          the port that it listens on; 0 takes any free one
  --certs DIR          the folder that gets client.pem, client_key.pem and root.pem
  --data FILE.yml      what the site has: streams, apps, tasks … (docs/simulator.md); empty by default
  --switch NAME=VALUE  how it behaves where nobody knows how QRS does; may be given several times
  --help

When it is ready, it prints one line of JSON: site, url, certificate, key, ca and user.

Example:
  npm run simulator -- --site dev --port 4242 --certs certs --data demo/dev.yml`;

function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      site: { type: 'string' },
      port: { type: 'string' },
      certs: { type: 'string' },
      data: { type: 'string' },
      switch: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
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
  const data = path === undefined ? checkData(undefined) : await readFrom(path);
  const fromLine = switches.map(text => {
    const at = text.indexOf('=');
    return [text.slice(0, at), readYaml(text.slice(at + 1), '--switch').content];
  });
  return checkData({ ...data, switches: { ...data.switches, ...Object.fromEntries(fromLine) } });
}

/** The problems, each with its line in the file. */
async function readFrom(path: string) {
  const { content, placeOf } = readYaml(await readFile(path, 'utf8'), path);
  try {
    return checkData(content);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.problems.map(problem => placeOf(problem) + problem));
  }
}

async function main() {
  const given = readArguments(process.argv.slice(2));
  if (!given) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const { site: name, port, certs, data: file, switches } = given;
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
  process.once('SIGBREAK', () => void simulator.stop());

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
