import type { Environment } from '../base/environment.ts';
import { InputError, messageOf } from '../base/errors.ts';
import { quoted } from '../base/quoted.ts';
import type { Report } from '../base/report.ts';
import type { InputName } from '../entry/given.ts';
import type { Inputs } from '../entry/inputs.ts';
import { onOneLine } from '../entry/screen.ts';
import { startedIn } from '../entry/started.ts';
import { summaryOf } from '../entry/summary.ts';

/** GitHub refuses a comment of more than 65,536 characters. */
const LONGEST = 60_000;

/** What the step must do on a pull request besides its work. */
export interface Commenting {
  token: string;
  /** What the plan is of: the path of a spec, or the step where it is inline. */
  spec: string;
}

type Read = (name: InputName | 'comment' | 'github-token') => string;

/**
 * Reads the inputs `comment` and `github-token`: the token that writes the comment, or undefined where the user wants
 * no comment. Throws InputError.
 */
export function readCommentToken(input: Read): string | undefined {
  const word = input('comment').toLowerCase();
  if (word === '' || word === 'false') return undefined;
  const problems: string[] = [];
  if (word !== 'true')
    problems.push(`Input "comment" must be true or false; found ${quoted(input('comment'))}.`);
  if (input('dry-run').toLowerCase() !== 'true')
    problems.push('Input "comment" is of use with "dry-run: true" alone: the comment shows a plan.');
  const token = input('github-token');
  if (token === '') problems.push('Input "comment" needs "github-token", such as ${{ github.token }}.');
  if (problems.length > 0) throw new InputError(problems);
  return token;
}

/** What the plan is of: the path of the spec, or the step where it is inline. */
export function specName({ from }: Inputs, { GITHUB_ACTION: step }: Environment): string {
  return from === 'promote' || from === 'reload' ? (step ?? from) : from;
}

/** Writes the comment and reports it; a comment that cannot be written is no failure of the step. */
export async function writeComment(
  { token, spec }: Commenting,
  report: Report,
  environment: Environment,
  say: { notice: (sentence: string) => void; warning: (sentence: string) => void },
): Promise<void> {
  const mark = markOf(environment, spec);
  try {
    const { comment } = await import('./pull-request.ts');
    say.notice(await comment(token, mark, commentOf(report, mark, startedIn(environment).url)));
  } catch (error) {
    say.warning(
      `The plan was not written as a comment: ${onOneLine(messageOf(error)).slice(0, 500)}. ` +
        'Has the job "permissions: { pull-requests: write }"?',
    );
  }
}

/**
 * An invisible line by which a later run finds this comment. It names workflow, job and spec, so that two workflows on
 * one pull request keep a comment each. `spec` is a path, or the step where the spec is inline.
 */
function markOf(environment: Environment, spec: string): string {
  const parts = [environment.GITHUB_WORKFLOW, environment.GITHUB_JOB, spec];
  // An HTML comment ends at `--`, which a name may contain.
  const names = parts.map(part => encodeURIComponent(part ?? '').replaceAll('-', '%2D'));
  return `<!-- qrs-action plan ${names.join(' ')} -->`;
}

/** The comment: the plan as in the summary. Each `@` is escaped, because a mention would notify people. Pure. */
function commentOf(report: Report, mark: string, runUrl: string | undefined): string {
  const end = runUrl === undefined ? '' : `\n[The run](${runUrl})\n`;
  const withRows = (limit: number) => {
    const plan = summaryOf(report, { limit, rest: 'the run' }).replaceAll('&#64;', '&#64;&#8203;');
    return `${mark}\n${plan}${end}`;
  };
  for (let limit = LONGEST; limit > 500; limit /= 2) {
    const text = withRows(limit);
    if (text.length <= LONGEST) return text;
  }
  return `${withRows(0).slice(0, LONGEST - end.length - 20)}\n\n… and more${end}`;
}
