import { json, No } from './answers.ts';
import type { Call } from './call.ts';
import { accountOf } from './callers.ts';
import { account, retold } from './example.ts';

export function getUser({ caller, description, operation }: Call) {
  if (caller.kind === 'nobody') throw new No(401, 'Requires authentication');
  if (caller.kind === 'app' || caller.credential.kind === 'installation')
    throw new No(403, 'Resource not accessible by integration');
  return json(200, account(description.example(operation, 200), caller.credential.login));
}

export function getRateLimit({ caller, hub, limits, description, operation }: Call) {
  if (hub.switches.perHour === 0) throw new No(404, 'Rate limiting is not enabled.');
  const rate = limits.state(accountOf(caller));
  const { resources } = retold(description.example(operation, 200), {});
  return json(200, { resources: { ...Object(resources), core: rate }, rate });
}

export function getMeta({ hub, description, operation }: Call) {
  const { enterprise } = hub.switches;
  if (enterprise !== '')
    return json(200, { verifiable_password_authentication: true, installed_version: enterprise });
  // The example has numbers where the description wants text.
  return json(200, { ...retold(description.example(operation, 200), {}), ssh_key_fingerprints: {} });
}
