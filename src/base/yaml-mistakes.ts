/** Without a full stop, because sentences also continue after it. */
export const BACKSLASH =
  'a backslash in double quotes begins an escape, such as a line break. Write the text without quotes, as in ' +
  '"user: INTERNAL\\sa_api", or in single quotes';

/** Common mistakes by the YAML library's error code, and what to write instead. */
const SYNTAX: Readonly<Record<string, string>> = {
  PEM:
    'a certificate or key is in the text. Keep it in a secret and give its name, as in ' +
    '"certificate: ${DEV_CLIENT_PEM}", or give the path of its file.',
  TAB: 'a tab indents this line; YAML takes spaces only.',
  QUOTE:
    'a quote ends this value early. Leave the quotes around it out, as in "filter: name eq \'A\'", or write each quote in ' +
    'it twice.',
  DASH: 'the dash of a list needs a space after it, as in "- name: Sales".',
  COLON: 'a value with a colon and a space in it must be in single quotes, as in "name: \'Sales: EMEA\'".',
  EXPRESSION:
    '${{ … }} is filled in by GitHub in workflow files only. Write ${NAME} in "sites" and set NAME under "env:" of the ' +
    'step; elsewhere write the value.',
  BAD_DQ_ESCAPE: `${BACKSLASH}.`,
  MULTILINE_IMPLICIT_KEY: 'this line has no "key: value". Is its colon missing, or the space after it?',
  MISSING_CHAR:
    'a quote, bracket or brace is opened and not closed, a key lacks its colon, or a line is indented too far. Look ' +
    'here and at the line above.',
  BAD_INDENT:
    'this line is not indented as its neighbours are. Keys of one mapping begin in the same column.',
  DUPLICATE_KEY: 'this key is in its mapping twice. Keep one of the two.',
  MULTIPLE_DOCS: 'a line of --- begins a second document. Keep one.',
  BAD_SCALAR_START: 'a value that begins with @, ` or % must be in single quotes.',
  BAD_ALIAS: 'a value that begins with * or & must be in single quotes.',
  TAG_RESOLVE_FAILED: 'a value that begins with ! must be in single quotes.',
  BLOCK_IN_FLOW:
    'inside of { } or [ ] no line may begin a list or a mapping of its own. Is the bracket not closed?',
};
const OTHER = 'this is not valid YAML. Check quotes, brackets and indentation here and on the line above.';

/** The sentence for an error of the YAML library. Pure. Quotes nothing of the text. */
export function syntaxProblem(code: string, text: string, offset: number): string {
  const begin = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const line = lineAt(text, begin);
  const above = lineAbove(text, begin);
  const open = isOpen(line) || isOpen(above) ? 'MISSING_CHAR' : undefined;
  return SYNTAX[mistakeOn(line) ?? open ?? (code === 'BLOCK_AS_IMPLICIT_KEY' ? 'COLON' : code)] ?? OTHER;
}

function lineAt(text: string, begin: number): string {
  const end = text.indexOf('\n', begin);
  return text.slice(begin, end < 0 ? undefined : end);
}

/** The nearest non-blank line above. */
function lineAbove(text: string, begin: number): string {
  for (let end = begin - 1; end > 0; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(start, end);
    if (line.trim() !== '') return line;
    end = start - 1;
  }
  return '';
}

function mistakeOn(line: string): string | undefined {
  if (/^ *\t/.test(line)) return 'TAB';
  if (line.includes('${{')) return 'EXPRESSION';
  if (/^\s*-[\w"']/.test(line)) return 'DASH';
  if (/^\s*(- )?[\w-]+:\s+[^'"{[\s][^'"]*:\s/.test(line)) return 'COLON';
  if (/:\s+'[^']*'[^'\s,}\]#]/.test(line)) return 'QUOTE';
  return undefined;
}

/** Whether the line opens a bracket or brace and does not close it. */
function isOpen(line: string): boolean {
  const count = (sign: string) => line.split(sign).length;
  return /^[^'"]*[[{]/.test(line) && (count('[') > count(']') || count('{') > count('}'));
}

/** What is wrong with a key that is valid YAML; undefined where it makes sense. Pure. */
export function keyProblem(key: unknown): string | undefined {
  if (key === '__proto__') return 'nothing can be called "__proto__".';
  return typeof key === 'string' && /^-\w/.test(key) ? SYNTAX.DASH : undefined;
}

/** What is wrong with a value that is valid YAML; undefined where it makes sense. Pure. */
export function valueProblem(value: unknown, showValues: boolean): string | undefined {
  if (typeof value !== 'string' || value.includes('-----BEGIN')) return undefined;
  if (value.includes('${{')) return SYNTAX.EXPRESSION;
  const bare = /^(?:\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)$/.exec(value);
  const name = bare?.[1] ?? bare?.[2];
  return name === undefined || showValues ? undefined : `a variable is written with braces: \${${name}}.`;
}
