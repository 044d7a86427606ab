import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/**
 * npm run test:coverage: runs all tests, and some again on PostgreSQL, and prints the lines of src/ that no test runs. It
 * takes as long as they do, since all processes of the tests record what they ran. Node keeps the places of stripped
 * types, so the places that V8 records are those of the source. Node's own report needs a process for each file, and
 * several times as long.
 */

/** At least so many of 100 lines of src/ have to be run. */
const LEAST = 95;

/** V8's own format. Of ranges that hold each other, the innermost one decides. Offsets are in UTF-16 units. */
const recordSchema = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(
        z.object({
          ranges: z.array(z.object({ startOffset: z.number(), endOffset: z.number(), count: z.number() })),
        }),
      ),
    }),
  ),
});
type Ranges = z.infer<typeof recordSchema>['result'][number]['functions'][number]['ranges'];

const asked = process.argv.slice(2);
// What only PostgreSQL needs runs nowhere else.
const scripts = asked.length > 0 ? [['test', '--', ...asked]] : [['test'], ['test:postgres:short']];
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-coverage-'));
try {
  const statuses = scripts.map(
    given =>
      spawnSync('npm', ['run', ...given], {
        env: { ...process.env, NODE_V8_COVERAGE: folder },
        stdio: 'inherit',
      }).status ?? 1,
  );
  process.exitCode = report(ranIn(folder)) ? Math.max(...statuses) : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Of each file, by its path, which of its UTF-16 units ran in any process. */
function ranIn(records: string): Map<string, Uint8Array> {
  const ran = new Map<string, Uint8Array>();
  for (const name of readdirSync(records)) {
    for (const { url, functions } of resultIn(readFileSync(join(records, name), 'utf8'))) {
      if (!url.startsWith('file:')) continue;
      const path = fileURLToPath(url);
      const all = functions.flatMap(({ ranges }) => ranges);
      const length = Math.max(0, ...all.map(({ endOffset }) => endOffset));
      const now = countedIn(all, length);
      const known = ran.get(path);
      ran.set(path, known ? known.map((unit, at) => unit | (now[at] ?? 0)) : now);
    }
  }
  return ran;
}

/** A process that was killed may have left half a record, which counts as none. */
function resultIn(record: string): z.infer<typeof recordSchema>['result'] {
  try {
    return recordSchema.parse(JSON.parse(record)).result;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function countedIn(ranges: Ranges, length: number): Uint8Array {
  const units = new Uint8Array(length);
  const outerFirst = ranges.toSorted((one, other) => sizeOf(other) - sizeOf(one));
  for (const { startOffset, endOffset, count } of outerFirst)
    units.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return units;
}

function sizeOf({ startOffset, endOffset }: Ranges[number]): number {
  return endOffset - startOffset;
}

/** Prints each file with lines that did not run, and all in all. Returns whether enough lines ran. */
function report(ran: ReadonlyMap<string, Uint8Array>): boolean {
  const [all, missed] = [{ lines: 0 }, { lines: 0 }];
  for (const file of globSync('src/**/*.ts').sort()) {
    const units = ran.get(join(process.cwd(), file));
    // Blanks stand for types, so that every place stays.
    const source = stripTypeScriptTypes(readFileSync(file, 'utf8'));
    const lines = linesOf(source).filter(({ text }) => isCode(text));
    const not = lines.filter(({ from, text }) => !units || !ranSome(units, from, text));
    all.lines += lines.length;
    missed.lines += not.length;
    if (not.length > 0) process.stdout.write(`${file}: ${not.map(({ number }) => number).join(' ')}\n`);
  }
  const percent = (100 * (all.lines - missed.lines)) / all.lines;
  process.stdout.write(
    `${all.lines - missed.lines} of ${all.lines} lines of src/ ran: ${percent.toFixed(2)} of 100; the least is ${LEAST}.\n`,
  );
  return percent >= LEAST;
}

function linesOf(source: string) {
  let from = 0;
  return source.split('\n').map((text, index) => {
    const line = { number: index + 1, from, text };
    from += text.length + 1;
    return line;
  });
}

/** Neither empty, nor a comment, nor brackets alone. */
function isCode(text: string): boolean {
  return /[\w'"`]/.test(text) && !/^\s*(\/\/|\/?\*)/.test(text);
}

/** Whether the beginning of what is on a line ran. */
function ranSome(units: Uint8Array, from: number, text: string): boolean {
  return units[from + text.search(/\S/)] === 1;
}
