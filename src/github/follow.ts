import type { Message, Reply } from './send.ts';

const MOST = 3;

export type Followed = Reply & {
  /** Where the answer came from, if that is not what was asked. */ from?: string;
};

/**
 * GitHub answers for a renamed repository with a redirect (docs/github.md 5). It is followed with the method and
 * the body kept, on the same host: what it answers otherwise is left for the caller to judge.
 */
export async function followed(
  base: string,
  message: Message,
  send: (message: Message) => Promise<Reply>,
): Promise<Followed> {
  const { origin } = new URL(base);
  let reply: Followed = await send(message);
  for (let count = 0; count < MOST; count += 1) {
    if (reply.kind !== 'answer' || ![301, 302, 307, 308].includes(reply.status)) break;
    const to = URL.parse(reply.headers.location ?? '', `${base}/`);
    if (to?.origin !== origin) break;
    reply = { ...(await send({ ...message, url: to.href })), from: to.href };
  }
  return reply;
}
