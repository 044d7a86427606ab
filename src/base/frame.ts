import { shownValue } from './quoted.ts';

export interface Position {
  /** Both count from 1. */
  line: number;
  column: number;
}

/** Hides what a line must not show. The beginning of a line must come out the same as in the whole line. */
export type Shown = (line: string) => string;

const AROUND = 1;
const WIDEST = 120;
/** Only so many characters of a line are read: hiding values takes time that grows with the square of its blanks. */
const LONGEST = 5000;

/** The lines around a place, each with its number, and a caret under the place. Pure. */
export function codeFrame(text: string, { line, column }: Position, shown: Shown): string {
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, line - AROUND);
  const last = Math.min(lines.length, line + AROUND);
  const width = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const source = (lines[number - 1] ?? '').slice(0, LONGEST);
    const mark = number === line ? '>' : ' ';
    frame.push(`${mark} ${String(number).padStart(width)} | ${cut(shown(source))}`.trimEnd());
    const before = shown(source.slice(0, column - 1));
    if (number === line && column <= LONGEST && before.length < WIDEST) {
      frame.push(`  ${' '.repeat(width)} | ${before.replace(/[^\t]/g, ' ')}^`);
    }
  }
  return frame.join('\n');
}

function cut(line: string): string {
  return line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line;
}

/** A part of a line other than punctuation: the name of a variable, a key with its colon, or a value. */
const PIECE = /\s*\$\{\w+\}\s*|(?:(?!\s*\$\{)[^{}[\],])+/g;
const VARIABLE = /^\s*\$\{\w+\}\s*$/;
const LEAD = /^(\s*(?:- +)*)/;

const COMMENT = /(^|\s)#.*$/;
const SECRET = /pass(word|phrase)|secret|token|jwt|\bkey\b/i;

/** Shows values as messages show them. Hides comments, and values of keys that are named like secrets. */
export function withValues(line: string): string {
  const [lead = ''] = LEAD.exec(line) ?? [];
  const bare = line.slice(lead.length).replace(COMMENT, '$1# …');
  return (
    lead + bare.replace(PIECE, piece => keyed(piece, value => (SECRET.test(piece) ? '…' : shownValue(value))))
  );
}

/** Shows keys and structure only: every value is `…`. `keys` may be shown wherever they appear. */
export function structureOnly(keys: ReadonlySet<string>): Shown {
  return line => {
    const [lead = ''] = LEAD.exec(line) ?? [];
    const rest = line.slice(lead.length);
    const key = /^[\w .-]{1,40}:(?=\s|$)/.exec(rest)?.[0] ?? '';
    return lead + key + rest.slice(key.length).replace(PIECE, piece => hidden(piece, keys));
  };
}

function hidden(piece: string, keys: ReadonlySet<string>): string {
  if (VARIABLE.test(piece)) return piece;
  const [, before = '', key = ''] = /^(\s*)(?:["']?([\w-]+)["']?:(?=\s|$))?/.exec(piece) ?? [];
  if (keys.has(key)) return keyed(piece, () => '…');
  return piece.trim() === '' ? piece : `${before}…${/\s*$/.exec(piece)?.[0]}`;
}

/** Replaces the value by what `shown` returns, and keeps the blanks around it. */
function keyed(piece: string, shown: (value: string) => string): string {
  const [, key = '', value = '', after = ''] =
    /^(\s*(?:[^:]{1,40}:(?=\s|$)\s*)?)(.*?)(\s*)$/.exec(piece) ?? [];
  return key + (value === '' ? '' : shown(value)) + after;
}
