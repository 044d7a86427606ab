import { reloadBench } from './reload.ts';

/** `npm run bench -- NAME`: measures, side by side with the limit or a rival, and prints a table. */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = { reload: reloadBench };

const [name = ''] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) await bench();
else {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(BENCHES).join('|')}\n`);
  process.exitCode = 2;
}
