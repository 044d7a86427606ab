import type { EnumName } from '../site/enums.ts';
import { enums } from '../site/enums.ts';

export interface Token {
  readonly kind: 'open' | 'close' | 'word' | 'string';
  readonly text: string;
}

const pattern = /\s*(?:([()])|'((?:[^'\\]|\\.)*)'|([^\s()'"]+))/gsy;

/**
 * Cuts a filter into tokens; undefined when it cannot be cut. The backslash is the only escape of a quote; a
 * doubled quote or double quotes are errors (docs/qrs.md 3).
 */
export function tokenise(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const source = text.trimEnd();
  let end = 0;
  for (const [whole, parenthesis, quoted, word] of source.matchAll(pattern)) {
    if (quoted !== undefined && touches(source, end, whole)) return undefined;
    end += whole.length;
    if (parenthesis) tokens.push({ kind: parenthesis === '(' ? 'open' : 'close', text: parenthesis });
    else if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replace(/\\(.)/gs, '$1') });
    else if (word) tokens.push({ kind: 'word', text: word });
  }
  return end === source.length && tokens.length > 0 ? tokens : undefined;
}

/** Whether a quoted string follows another without a space: a doubled quote. */
const touches = (source: string, end: number, whole: string) =>
  whole.startsWith("'") && source[end - 1] === "'";

/** A filter takes a name or a number (docs/qrs.md 1). */
export function readEnum(name: EnumName, { kind, text }: Token): number | undefined {
  if (kind !== 'word') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const number = enums[name].findIndex(one => one.toLowerCase() === text.toLowerCase());
  return number < 0 ? undefined : number;
}
