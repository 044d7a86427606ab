import { RemoteError } from '../base/errors.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import { readBeginning } from '../net/body.ts';
import type { TimeLimit } from '../net/time-limit.ts';
import { watchPace } from '../net/transfer.ts';
import { withoutSecrets } from '../sites/secrets.ts';
import type { Site } from '../sites/site.ts';
import { type Attempt, freed, type HttpResponse } from './answer.ts';
import type { Limits } from './limits.ts';
import { lateness, noAnswer } from './no-answer.ts';
import { unusable } from './shape.ts';

export interface Download {
  content: AsyncGenerator<Uint8Array>;
  /** The size that the site announced, bytes; undefined where it did not. */
  length: number | undefined;
}

interface Given {
  site: Site;
  call: Attempt;
  answer: HttpResponse;
  time: TimeLimit;
  /** The most bytes where the site announces no size. */
  most: number;
  limits: Limits;
}

export function lengthOf({ headers }: HttpResponse): number | undefined {
  const length = Number(headers['content-length']);
  return Number.isFinite(length) && length > 0 ? length : undefined;
}

/** Throws where JSON comes in place of a file: a site that uploaded it would replace an app with it. */
export async function refuseNoFile(site: Site, call: Attempt, answer: HttpResponse): Promise<void> {
  if (!/\bjson\b/i.test(String(answer.headers['content-type'] ?? ''))) return;
  const text = await readBeginning(answer.body);
  throw unusable(
    site.name,
    call.attempt,
    `JSON came in place of a file: ${withoutSecrets(site.credentials, text)}`,
    false,
  );
}

/** The bytes of a download: as many as the site announced; where it announced no size, up to a limit. */
export async function* contentOf({
  site,
  call,
  answer,
  time,
  most,
  limits,
}: Given): AsyncGenerator<Uint8Array> {
  const watch = watchPace(limits.pace);
  const wait = () => watch.begin(why => time.end(tooSlow(why, limits)));
  let left = lengthOf(answer) === undefined ? most : Number.POSITIVE_INFINITY;
  time.pause();
  try {
    wait();
    for await (const piece of answer.body) {
      watch.moved(piece.length);
      left -= piece.length;
      if (left < 0) throw tooLarge(site, call, most);
      yield piece;
      wait();
    }
    await freed();
  } catch (cause) {
    throw cause instanceof RemoteError ? cause : noAnswer(site, call.attempt, cause, lateness(time));
  } finally {
    watch.stop();
    time.release();
  }
}

function tooSlow(why: 'silent' | 'slow', { pace }: Limits): string {
  return why === 'silent'
    ? `the transfer stalled: no byte came for ${formatDuration(pace.silence)}`
    : `the transfer is too slow: less than ${formatBytes(pace.bytes)} came in ${formatDuration(pace.within)}`;
}

function tooLarge({ name }: Site, { attempt }: Attempt, most: number): RemoteError {
  return new RemoteError({
    site: name,
    attempt,
    status: 200,
    answer: `more than ${formatBytes(most)} came, and no end`,
    unusable: true,
    tooLarge: true,
    mayBeDone: false,
    final: true,
  });
}
