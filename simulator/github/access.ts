import { No, notFound } from './answers.ts';
import type { Call } from './call.ts';
import type { Caller } from './callers.ts';
import type { Credential, Hub, Installation, Reach, Repository } from './hub.ts';
import { ownerOf } from './hub.ts';

export type Level = 'read' | 'write';

const reaches = (reach: Reach, { name }: Repository) => reach === 'all' || reach.has(name.toLowerCase());

export function installationHas({ account, repositories }: Installation, repository: Repository): boolean {
  const owner = ownerOf(repository.name).toLowerCase();
  return owner === account.toLowerCase() && reaches(repositories, repository);
}

/** Whether the token, and the installation that made it, still reach the repository. */
function has({ repositories, installation }: Credential, repository: Repository): boolean {
  return reaches(repositories, repository) && (!installation || installationHas(installation, repository));
}

function may(credential: Credential, repository: Repository, permission: string, level: Level): boolean {
  const { kind, scopes, permissions } = credential;
  if (!repository.private && level === 'read' && permission !== 'administration') return true;
  if (!has(credential, repository)) return false;
  if (kind === 'classic')
    return scopes.includes('repo') || (scopes.includes('public_repo') && !repository.private);
  const given = permissions[permission] ?? (permission === 'metadata' ? 'read' : undefined);
  return given !== undefined && (level === 'read' || given !== 'read');
}

const sees = (caller: Caller, repository: Repository) =>
  !repository.private || (caller.kind === 'token' && may(caller.credential, repository, 'metadata', 'read'));

/** Whether the token's user may push, whatever the token itself may do; an App is no user. */
export function mayPush(caller: Caller, repository: Repository): boolean {
  return (
    caller.kind === 'token' && caller.credential.kind !== 'installation' && has(caller.credential, repository)
  );
}

/** Finds a repository by its name, or redirects from a former name. Throws where GitHub would refuse. */
export function repositoryOf(call: Call, permission: string, level: Level): Repository {
  const { hub, caller, segments } = call;
  const repository = lookUp(hub, `${segments.owner}/${segments.repo}`, call);
  if (caller.kind === 'app') throw new No(403, 'Resource not accessible by integration');
  if (!sees(caller, repository)) throw notFound();
  if (caller.kind === 'nobody') {
    if (level === 'read') return repository;
    throw new No(401, 'Requires authentication');
  }
  const { credential } = caller;
  if (credential.installation?.suspended) throw new No(403, 'This installation has been suspended');
  if (repository.sso && credential.kind === 'classic' && !credential.sso)
    throw singleSignOn(ownerOf(repository.name));
  if (may(credential, repository, permission, level)) return repository;
  // To a classic token without the scope GitHub does not reveal what exists.
  if (credential.kind === 'classic') throw notFound();
  const who = credential.kind === 'installation' ? 'integration' : 'personal access token';
  throw new No(403, `Resource not accessible by ${who}`, {
    headers: { 'X-Accepted-GitHub-Permissions': `${permission}=${level}` },
  });
}

function lookUp(hub: Hub, name: string, call: Call): Repository {
  const found = hub.repositories.get(name.toLowerCase());
  if (found) return found;
  const moved = hub.formerNames.get(name.toLowerCase());
  if (!moved || !sees(call.caller, moved)) throw notFound();
  const rest = call.path
    .split('/')
    .slice(4)
    .map(part => `/${part}`);
  throw new Moved(
    call.operation.method === 'GET' ? 301 : 307,
    `${call.base}/repositories/${moved.id}${rest.join('')}`,
  );
}

/** GitHub redirects from a former name to the repository's number. */
export class Moved extends Error {
  readonly status: number;
  readonly to: string;

  constructor(status: number, to: string) {
    super('Moved Permanently');
    this.status = status;
    this.to = to;
  }
}

function singleSignOn(organization: string): No {
  return new No(
    403,
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
    {
      headers: {
        'X-GitHub-SSO': `required; url=https://github.com/orgs/${organization}/sso?authorization_request=AAAA`,
      },
      documentation:
        'https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/',
    },
  );
}
