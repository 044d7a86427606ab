import { RemoteError } from '../base/errors.ts';

/** A site's answer to one of the open questions of docs/qrs.md 9. */
export interface OpenAnswer {
  question: string;
  answer: string;
}

/** The beginnings of the questions in docs/qrs.md 9 that a check can ask. */
export const QUESTIONS = {
  case: 'Does `eq` ignore case?',
  unknownId: 'Which status does an unknown id get?',
  privileges: 'What words does `privileges` have, and is it filled for everybody?',
  plus: 'Does a plus in a query mean a space or a plus?',
  taskProperties: 'May a filter on all tasks name custom properties?',
  unpublished: 'Which unpublished apps does a user see?',
  uploadReplace: 'Does a site know the replace by upload, and list it?',
  nextStart: 'Is the next start of a task shown?',
  scriptLog: 'Which call gives the script log, and when?',
  conflict: 'Does an update conflict if the stored date is newer, or if it differs?',
  settles: 'How long does an upload keep changing?',
  publishTwice: 'Which status does publishing an app twice get?',
  publishRenames: 'Does an app get a new name if it is published without one?',
  publishName: 'Does an app get the `name=` of a publish?',
  replaceName: 'Whose name does a replaced app have?',
  replaceDescription: 'Whose description does a replaced app have?',
  replaceAnswers: 'Which app does the answer of a replace describe?',
  descriptionTravels: 'Is the description in the exported file and in a copy?',
  exportLength: 'Does a download state its length?',
  copyHas: 'What does a copy have beside the content?',
  contentHash: 'Does `contentHash` depend on the content alone?',
  objectDates: 'Do the dates of objects move without content?',
  changesSince: 'Are the changes since a date all, or the newest of each entity?',
  deletesTasks: 'Does deleting an app delete its tasks?',
  modifiedBy: 'Whose name is in `modifiedByUserName` after an upload or replace?',
} as const;

/** A question, and the call that finds out the answer; undefined where this site cannot show it. */
export type Asked = readonly [question: string, ask: () => Promise<string | undefined>];

/** Asks one after the other. A refusal is an answer, too. */
export async function answersTo(asked: readonly Asked[]): Promise<OpenAnswer[]> {
  const answers: OpenAnswer[] = [];
  for (const [question, ask] of asked) {
    const answer = await answered(ask);
    if (answer !== undefined) answers.push({ question, answer });
  }
  return answers;
}

async function answered(ask: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // A site's text may contain names, which are its owner's business.
    return error.status === undefined ? 'no answer' : `refused: ${error.status}`;
  }
}

/** The answers of all sites as a text to send to the project: statuses, versions and words, no names. Pure. */
export function answersText(sites: readonly { version: string; answers: readonly OpenAnswer[] }[]): string {
  const head =
    'Answers to questions about QRS that no public source answers: statuses, versions and words, no names and no ' +
    'secrets. Please read them, and paste them into an issue: https://github.com/qrs-action/qrs-action/issues/new/choose\n\n' +
    '"not asked": the site has nothing to see it by, or the check may not change it (--write STREAM).';
  const parts = sites.map(({ version, answers }, index) => {
    const open = Object.values(QUESTIONS).filter(question => !answers.some(one => one.question === question));
    const rows = [...answers, ...open.map(question => ({ question, answer: 'not asked' }))];
    return [
      `## Site ${index + 1}, version ${version}`,
      '| question | answer |\n|---|---|',
      ...rows.map(({ question, answer }) => `| ${question} | ${answer.replace(/[|\r\n]/g, ' ')} |`),
    ].join('\n');
  });
  return `${[head, ...parts].join('\n\n')}\n`;
}
