import type { Problem } from '../base/errors.ts';
import { isLazyList, lazyMap } from '../base/lazy-list.ts';
import type { Cell, Report, Rows, Span, Table } from '../base/report.ts';
import type { Redact } from '../net/redact.ts';

/** The same report, without secrets in any of its texts. */
export function redactedReport(report: Report, redact: Redact): Report {
  const all = (texts: readonly string[]) => texts.map(text => redact(text));
  const { lines, failures, warnings, table, excerpts, result, paths } = report;
  return {
    outcome: report.outcome,
    title: redact(report.title),
    ...(report.remarks === undefined ? {} : { remarks: all(report.remarks) }),
    ...(report.details === undefined
      ? {}
      : {
          details: report.details.map(one => ({ title: redact(one.title), sentences: all(one.sentences) })),
        }),
    lines: all(lines),
    failures: all(failures),
    ...(report.problems ? { problems: report.problems.map(problem => cleanProblem(problem, redact)) } : {}),
    warnings: all(warnings),
    table: cleanTable(table, redact),
    ...(report.verdict === undefined ? {} : { verdict: redact(report.verdict) }),
    ...(report.diagram === undefined ? {} : { diagram: redact(report.diagram) }),
    url: report.url === undefined ? undefined : redact(report.url),
    excerpts: excerpts.map(({ title, text }) => ({ title: redact(title), text: redact(text) })),
    result: { ...inRecord(result, remembering(redact)) },
    paths: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, redact(path)])),
  };
}

function cleanTable({ head, rows, folded }: Table, redact: Redact): Table {
  const cells = (rows: Rows) => lazyMap(rows, row => row.map(cell => cleanCell(cell, redact)));
  return {
    head: head.map(text => redact(text)),
    rows: cells(rows),
    ...(folded ? { folded: { title: redact(folded.title), rows: cells(folded.rows) } } : {}),
  };
}

function cleanCell(cell: Cell, redact: Redact): Cell {
  if (typeof cell === 'string') return redact(cell);
  return cell.map(line => line.map(span => cleanSpan(span, redact)));
}

function cleanSpan({ text, url, title }: Span, redact: Redact): Span {
  return {
    text: redact(text),
    ...(url === undefined ? {} : { url: redact(url) }),
    ...(title === undefined ? {} : { title: redact(title) }),
  };
}

function cleanProblem({ text, place }: Problem, redact: Redact): Problem {
  if (!place) return { text: redact(text) };
  return { text: redact(text), place: { ...place, from: redact(place.from), frame: redact(place.frame) } };
}

/** Remembers as many clean texts as this. */
const REMEMBERED = 1000;

/** The same names, dates and keys come a hundred thousand times, and are searched for secrets once. */
function remembering(redact: Redact): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const clean = redact(text);
    if (known.size < REMEMBERED) known.set(text, clean);
    return clean;
  };
}

type RedactText = (text: string) => string;

/** Values without secrets are not copied: a result may have a hundred thousand entries. */
function inRecord(record: object, redact: RedactText): object {
  const entries = Object.entries(record);
  const clean = entries.map(([key, value]): [string, unknown] => [redact(key), inValue(value, redact)]);
  const isClean = entries.every(([key, value], at) => clean[at]?.[0] === key && clean[at]?.[1] === value);
  return isClean ? record : Object.fromEntries(clean);
}

function inValue(value: unknown, redact: RedactText): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const clean: unknown[] = value.map(item => inValue(item, redact));
    return clean.every((item, at) => item === value[at]) ? value : clean;
  }
  if (isLazyList(value)) return lazyMap(value, item => inValue(item, redact));
  return value !== null && typeof value === 'object' ? inRecord(value, redact) : value;
}
