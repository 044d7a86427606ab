import type { Problem } from '../base/errors.ts';
import type { Cell, Report, Table } from '../base/report.ts';
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
    result: { ...inRecord(result, redact) },
    paths: Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, redact(path)])),
  };
}

function cleanTable({ head, rows, folded }: Table, redact: Redact): Table {
  const cells = (all: Table['rows']) => all.map(row => row.map(cell => cleanCell(cell, redact)));
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

/** Values without secrets are not copied: a result may have a hundred thousand entries. */
function inRecord(record: object, redact: Redact): object {
  const before = Object.entries(record);
  const after = before.map(([key, value]): [string, unknown] => [redact(key), inValue(value, redact)]);
  const isClean = after.every(([key, value], at) => key === before[at]?.[0] && value === before[at]?.[1]);
  return isClean ? record : Object.fromEntries(after);
}

function inValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const clean: unknown[] = value.map(item => inValue(item, redact));
    return clean.every((item, at) => item === value[at]) ? value : clean;
  }
  return value !== null && typeof value === 'object' ? inRecord(value, redact) : value;
}
