import { readApp } from '../qrs/apps/find.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { answerOfReplace, statusOfDate, statusOfSecondPublish } from '../qrs/questions.ts';
import { answered, type OpenAnswer, QUESTIONS } from './questions.ts';

/** The description of apps that a check makes. */
export const MARK = 'Made by a check of qrs-action, which removes it.';
/** How long to watch an uploaded app, ms. */
const SETTLE = 3_000;

interface Observed {
  published: App;
  uploaded: App;
  length: number | undefined;
  stream: { id: string; name: string };
}

/** Observes how the site behaves where QRS's behaviour is not known, on the two apps that this trial made. */
export async function observe(
  qrs: Qrs,
  { published, uploaded, length, stream }: Observed,
): Promise<OpenAnswer[]> {
  const answers: OpenAnswer[] = [
    { question: QUESTIONS.exportLength, answer: length === undefined ? 'no' : 'yes' },
    { question: QUESTIONS.descriptionTravels, answer: uploaded.description === MARK ? 'yes' : 'no' },
  ];
  const ask = async (question: string, work: () => Promise<string | undefined>) => {
    const answer = await answered(work);
    if (answer !== undefined) answers.push({ question, answer });
  };
  await ask(QUESTIONS.modifiedBy, async () =>
    uploaded.modifiedByUserName === qrs.site.user ? "the caller's" : "another's",
  );
  await ask(QUESTIONS.settles, async () => {
    await qrs.clock.sleep(SETTLE, qrs.signal);
    const now = await readApp(qrs, uploaded.id);
    return now?.modifiedDate === uploaded.modifiedDate ? `not within ${SETTLE} ms` : 'its date moved';
  });
  await ask(QUESTIONS.publishTwice, async () => String(await statusOfSecondPublish(qrs, published, stream)));
  await ask(QUESTIONS.conflict, async () => {
    const older = await statusOfDate(qrs, uploaded, -60_000);
    const now = await readApp(qrs, uploaded.id);
    const newer = now && (await statusOfDate(qrs, now, 60_000));
    return `an older date: ${older}, a newer one: ${newer}`;
  });
  await ask(QUESTIONS.replaceAnswers, async () => {
    const id = await answerOfReplace(qrs, uploaded, published);
    return id === published.id ? "the target's" : id === uploaded.id ? "the source's" : "neither's";
  });
  const after = await readApp(qrs, published.id);
  if (after) {
    const whose = (now: string, target: string) => (now === target ? "the target's" : "the source's");
    answers.push({ question: QUESTIONS.replaceName, answer: whose(after.name, published.name) });
    answers.push({
      question: QUESTIONS.replaceDescription,
      answer: whose(after.description, published.description),
    });
  }
  return answers;
}
