import { relayBench } from './relay.ts';
import { reloadBench } from './reload.ts';
import { scaleBench } from './scale.ts';
import { storeBench } from './store.ts';
import { transferBench } from './transfer.ts';

/** `npm run bench -- NAME`: measures, side by side with the limit or a rival, and prints a table. */
const BENCHES: Readonly<Record<string, (parts: readonly string[]) => Promise<void>>> = {
  relay: relayBench,
  reload: reloadBench,
  scale: scaleBench,
  store: storeBench,
  transfer: transferBench,
};

const [name = '', ...parts] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench) await bench(parts);
else {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(BENCHES).join('|')}\n`);
  process.exitCode = 2;
}
