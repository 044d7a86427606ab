import { InputError, messageOf } from '../base/errors.ts';
import { shownValue } from '../base/quoted.ts';
import { readText } from '../base/read-text.ts';
import type { YamlText } from '../base/yaml.ts';

/**
 * Reads an input that is YAML, or the path of a YAML file. A single line that is no mapping is a path. A path may have
 * a drive (`C:\…`) and contain braces, but not begin with one. Throws InputError.
 */
export function textOrFile(called: string, value: string): YamlText {
  const from = called.replace(/^Input "(.*)"$/, '$1');
  if (/\n|^\s*\{|:(\s|$)/.test(value)) return { from, text: value };
  try {
    return { from: value, text: readText(value), isFile: true };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // On a runner a file is most often missing because the job has not checked out the repository.
    const hint = called.startsWith('Input') ? ' Was the repository checked out before this step?' : '';
    const why = code === 'ENOENT' ? '' : ` that can be read (${whyNot(String(code ?? messageOf(error)))})`;
    throw new InputError(`${called} is neither YAML nor the path of a file${why}${lookedFor(value)}.${hint}`);
  }
}

/** The value may be a broken secret: show it only when it looks like a path. */
function lookedFor(value: string): string {
  const plain = value.split(/[/\\]/).every(part => shownValue(part) === part);
  return plain && /[./\\]/.test(value) ? `: ${value} was looked for in ${process.cwd()}` : '';
}

function whyNot(code: string): string {
  if (code === 'EISDIR') return 'it is a folder';
  return code === 'EACCES' ? 'this user may not read it' : code;
}
