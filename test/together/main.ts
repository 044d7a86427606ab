import { longRun } from '../long-run.ts';
import { allCases, caseOf, shuffled } from './cases.ts';

/** npm run test:together: two runs, and people, request by request. test/long-run.ts has its options. */
await longRun({
  script: 'test:together',
  entry: import.meta.filename,
  minutes: 11,
  cases: async seed => shuffled(await allCases(), seed),
  caseOf,
});
