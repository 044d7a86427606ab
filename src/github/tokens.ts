import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Question } from './connect.ts';
import { theirNow } from './limits.ts';
import type { Reply } from './send.ts';

/** A token is not used in its last minutes: a call made with it has to end before it does. */
const SPARE = 2 * 60_000;

const minted = z.object({ token: z.string().min(1), expires_at: z.string() });

interface Kept {
  token: string;
  /** By our clock, ms. */
  until: number;
}

export type Permissions = Readonly<Record<string, string>>;

/** The least that a dispatch needs (docs/github.md 2). */
const TO_DISPATCH: Permissions = { contents: 'write' };

/** What a token is for. */
interface Purpose {
  /** owner/name */
  repository: string;
  permissions?: Permissions | undefined;
}

/** `fresh`: made for this very call. */
export type Minted = { token: string; fresh: boolean } | { question: Question; failed: Reply };

/** An App's installation tokens, each narrowed to one repository and what it is for. */
export interface Tokens {
  /** The token, or what came of asking for one. `anew`: the one that was kept no longer works. */
  get(purpose: Purpose, signal: AbortSignal, anew?: boolean): Promise<Minted>;
}

interface Given {
  id: string | number;
  installation: number;
  clock: Clock;
  learn: (secret: string) => void;
}

/**
 * @octokit/auth-app signs for the App, and signs again when the clocks differ; the tokens are kept here, since
 * it keeps and merges them for the whole process by installation and repository alone (docs/github.md 7).
 */
export function installationTokens(
  ask: (question: Question, signal: AbortSignal) => Promise<Reply>,
  { id, installation, clock, learn }: Given,
): Tokens {
  const kept = new Map<string, Kept>();
  return {
    async get({ repository, permissions = TO_DISPATCH }, signal, anew = false) {
      const key = `${repository.toLowerCase()} ${JSON.stringify(permissions)}`;
      const known = kept.get(key);
      if (known && !anew && clock.now() < known.until) return { token: known.token, fresh: false };
      kept.delete(key);
      const question: Question = {
        attempt: `make a token of the GitHub App ${id} for ${repository}`,
        repository,
        purpose: 'token',
        method: 'POST',
        url: `/app/installations/${installation}/access_tokens`,
        body: { repositories: [repository.split('/')[1]], permissions },
      };
      const reply = await ask(question, signal);
      const { data } = minted.safeParse(reply.kind === 'answer' ? reply.data : undefined);
      if (reply.kind === 'silence' || !data) return { question, failed: reply };
      learn(data.token);
      const now = clock.now();
      // How long it lasts is told by GitHub's clock alone.
      const lasts = Date.parse(data.expires_at) - theirNow(reply, now);
      kept.set(key, { token: data.token, until: now + lasts - SPARE });
      return { token: data.token, fresh: true };
    },
  };
}
