import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { curl } from './curl.ts';
import { qrsInteract } from './qrs-interact.ts';
import { repoApi } from './repo-api.ts';
import type { ClientSite } from './site.ts';
import { startSite } from './site.ts';
import type { Row } from './table.ts';
import { createRows } from './table.ts';

const [modules = '', python = '', ...wanted] = process.argv.slice(2);

/** Clients in Python: the script prints its rows as JSON. */
const pythonRows = z.array(z.object({ what: z.string(), expected: z.string(), wrong: z.string() }));
async function fromPython(client: string, { simulator: _, stop: __, ...site }: ClientSite): Promise<Row[]> {
  const script = fileURLToPath(new URL('main.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python, [script, client, JSON.stringify(site)]);
  return pythonRows.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

/** What a client needs of a site where nobody knows how QRS is (docs/qrs.md 9). */
const switches: Readonly<Record<string, SwitchesInput>> = {
  // It goes on with the app that the answer of a replace describes, as if that were the source.
  'qlik-repo-api': { replaceAnswers: 'source' },
  // It sends every filter with pluses for spaces.
  'qrs-api-client': { plus: 'space' },
};

const clients: Readonly<Record<string, (site: ClientSite) => Promise<Row[]>>> = {
  'qrs-interact': site => qrsInteract(createRows(), site, modules),
  'qlik-repo-api': site => repoApi(createRows(), site, modules),
  curl: site => curl(createRows(), site),
  qsapi: site => fromPython('qsapi', site),
  'qrs-api-client': site => fromPython('qrs-api-client', site),
  airflow: site => fromPython('airflow', site),
};

let failed = 0;
for (const [name, drive] of Object.entries(clients)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const began = performance.now();
  const site = await startSite(switches[name]);
  const rows = await drive(site).finally(() => site.stop());
  for (const { what, expected, wrong } of rows) {
    if (wrong !== '') failed += 1;
    process.stdout.write(
      `${wrong === '' ? '✔' : '✖'} ${name.padEnd(15)}${what.padEnd(58)}${wrong === '' ? expected : `expected ${expected}, got: ${wrong.slice(0, 300)}`}\n`,
    );
  }
  const passed = rows.filter(({ wrong }) => wrong === '').length;
  process.stdout.write(
    `  ${name}: ${passed} of ${rows.length} as expected, ${((performance.now() - began) / 1000).toFixed(1)} s\n\n`,
  );
}
if (failed > 0) process.exitCode = 1;
