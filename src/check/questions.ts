import { RemoteError } from '../base/errors.ts';
import type { Qrs } from '../qrs/connection.ts';
import { ignoresCase, privilegeWords, someStreams, statusOfUnknownApp } from '../qrs/questions.ts';

/** A site's answer to one of the open questions of docs/qrs.md 9. */
export interface OpenAnswer {
  question: string;
  answer: string;
}

/** The beginnings of the questions in docs/qrs.md 9 that a check can ask. */
export const QUESTIONS = {
  case: 'Does `eq` ignore case?',
  unknownId: 'Unknown id?',
  privileges: 'What words does `privileges` have',
  conflict: '409 if newer, or if different?',
  settles: 'How long does an upload keep changing?',
  publishTwice: 'Publishing twice: status?',
  replaceName: 'Replace: whose name stays?',
  replaceDescription: 'Replace: whose description?',
  replaceAnswers: 'Replace: answers which app?',
  descriptionTravels: 'Does the description travel?',
  exportLength: 'Does a download state its length?',
  modifiedBy: 'Whose name is in `modifiedByUserName` after an upload or replace?',
} as const;

/** Asks what it can without changing anything. A refusal is an answer, too. */
export async function askQuestions(qrs: Qrs): Promise<OpenAnswer[]> {
  const asked: [string, () => Promise<string | undefined>][] = [
    [
      QUESTIONS.case,
      async () => {
        const [stream] = await someStreams(qrs);
        const ignores = stream && (await ignoresCase(qrs, stream));
        return ignores === undefined ? undefined : ignores ? 'yes' : 'no';
      },
    ],
    [QUESTIONS.unknownId, async () => String(await statusOfUnknownApp(qrs))],
    [QUESTIONS.privileges, async () => (await privilegeWords(qrs)).join(', ') || 'none are shown'],
  ];
  const answers: OpenAnswer[] = [];
  for (const [question, ask] of asked) {
    const answer = await answered(ask);
    if (answer !== undefined) answers.push({ question, answer });
  }
  return answers;
}

export async function answered(ask: () => Promise<string | undefined>): Promise<string | undefined> {
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
    'Answers to the open questions of docs/qrs.md 9. Please send them to the project, as an issue.';
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
