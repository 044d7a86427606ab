import { longRun } from '../long-run.ts';
import { someCases, tried } from './cases.ts';

/** npm run test:faults: every fault at every request of every scenario. test/long-run.ts has its options. */
const caseOf = (id: string) => ({ id, title: id, run: () => tried({ id }) });

await longRun({
  script: 'test:faults',
  entry: import.meta.filename,
  minutes: 15,
  cases: async seed => (await someCases(seed)).map(({ id }) => caseOf(id)),
  caseOf,
});
