import type { Problem } from '../base/errors.ts';
import { isLazyList, lazyMap } from '../base/lazy-list.ts';
import type { Cell, Report, Rows, Table } from '../base/report.ts';
import type { Redact } from '../net/redact.ts';

/** The same report, without secrets in any of its texts. */
export function redactedReport(report: Report, redact: Redact): Report {
  const all = (texts: readonly string[]) => texts.map(text => redact(text));
  const { lines, failures, warnings, table, excerpts, result, paths } = report;
  return {
    outcome: report.outcome,
    title: redact(report.title),
    ...(report.remarks === undefined ? {} : { remarks: all(report.remarks) }),
    lines: all(lines),
    failures: all(failures),
    ...(report.problems ? { problems: report.problems.map(problem => cleanProblem(problem, redact)) } : {}),
    warnings: all(warnings),
    table: cleanTable(table, redact),
    ...(report.verdict === undefined ? {} : { verdict: redact(report.verdict) }),
    ...(report.diagram === undefined ? {} : { diagram: redact(report.diagram) }),
    url: report.url === undefined ? undefined : redact(report.url),
    excerpts: excerpts.map(({ title, text }) => ({ title: redact(title), text: redact(text) })),
    result: { ...inRecord(result, { text: redact, key: eachOnce(redact) }) },
    paths: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, redact(path)])),
  };
}

function cleanTable({ head, rows, folded }: Table, redact: Redact): Table {
  const cells = (rows: Rows) => lazyMap(rows, row => row.map(cell => cleanCell(cell, redact)));
  return {
    head: head.map(text => redact(text)),
    rows: cells(rows),
    ...(folded ? { folded: { title: folded.title, rows: cells(folded.rows) } } : {}),
  };
}

function cleanCell(cell: Cell, redact: Redact): Cell {
  if (typeof cell === 'string') return redact(cell);
  return cell.map(line => line.map(span => ({ ...span, text: redact(span.text) })));
}

function cleanProblem({ text, place }: Problem, redact: Redact): Problem {
  if (!place) return { text: redact(text) };
  return { text: redact(text), place: { ...place, from: redact(place.from), frame: redact(place.frame) } };
}

interface RedactValues {
  text: Redact;
  /** All entries have the same few keys. */
  key: (key: string) => string;
}

function eachOnce(redact: Redact): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    const clean = known.get(text) ?? redact(text);
    known.set(text, clean);
    return clean;
  };
}

/** Values without secrets are not copied: a result may have a hundred thousand entries. */
function inRecord(record: object, redact: RedactValues): object {
  let isClean = true;
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(record)) {
    const clean: [string, unknown] = [redact.key(key), inValue(value, redact)];
    isClean &&= clean[0] === key && clean[1] === value;
    entries.push(clean);
  }
  return isClean ? record : Object.fromEntries(entries);
}

function inValue(value: unknown, redact: RedactValues): unknown {
  if (typeof value === 'string') return redact.text(value);
  if (Array.isArray(value)) {
    const clean: unknown[] = value.map(item => inValue(item, redact));
    return clean.every((item, at) => item === value[at]) ? value : clean;
  }
  if (isLazyList(value)) return lazyMap(value, item => inValue(item, redact));
  return value !== null && typeof value === 'object' ? inRecord(value, redact) : value;
}
