import { writeFileSync } from 'node:fs';
import { PAGES, ROOT, readFile } from './pages.ts';
import { fresh } from './tables.ts';

// Makes the reference tables in the documents afresh: npm run docs
for (const path of PAGES) {
  const page = readFile(path);
  const made = fresh(page);
  if (made !== page) writeFileSync(ROOT + path, made);
}
