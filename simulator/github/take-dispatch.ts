import { z } from 'zod';
import { nothing } from '../verbs/answers.ts';
import { repositoryOf } from './access.ts';
import { No } from './answers.ts';
import type { Call } from './call.ts';
import { listeners } from './workflows.ts';

const accepted = z.object({
  event_type: z.string(),
  client_payload: z.record(z.string(), z.unknown()).default({}),
});

/** 204 says only that GitHub accepted the dispatch; see `listeners`. */
export function dispatch(call: Call) {
  const repository = repositoryOf(call, 'contents', 'write');
  const { caller, body, dispatches } = call;
  if (caller.kind !== 'token') throw new No(401, 'Requires authentication');
  const { event_type, client_payload } = accepted.parse(body.value());
  if (repository.archived) throw new No(403, 'Repository was archived so is read-only.');
  const { kind, token, login } = caller.credential;
  dispatches.take(
    { repository: repository.name, event_type, client_payload, credential: { kind, token, login } },
    listeners(repository, event_type),
  );
  return nothing;
}
