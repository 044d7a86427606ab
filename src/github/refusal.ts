import { type CredentialKind, type GitHubCredential, kindOf, nameOf } from './credentials.ts';
import type { Answer } from './send.ts';

/** Whose fault a refusal is: the relay holds back a credential's or a repository's dispatches, or drops one event. */
export type Fault = 'credential' | 'repository' | 'event';

interface Meaning {
  fault: Fault;
  hint: string;
}

interface Refused {
  credential: GitHubCredential;
  /** owner/name */
  repository: string;
  answer: Answer;
  /** GitHub's own words. */
  message: string;
}

type Rule = (refused: Refused) => Meaning | undefined;

/** What a refusal most likely means and the next thing to do (docs/github.md 3); the first rule that knows wins. */
export function meaningOf(refused: Refused): Meaning {
  for (const rule of RULES) {
    const meaning = rule(refused);
    if (meaning) return meaning;
  }
  return { fault: 'event', hint: 'It is final: the same dispatch would be refused again.' };
}

/** Of a 403 alone: what GitHub says of an event may hold any word of it. */
const said = (pattern: RegExp, meaning: (refused: Refused) => Meaning): Rule => {
  return refused =>
    refused.answer.status === 403 && pattern.test(refused.message) ? meaning(refused) : undefined;
};

const answered = (status: readonly number[], meaning: (refused: Refused) => Meaning): Rule => {
  return refused => (status.includes(refused.answer.status) ? meaning(refused) : undefined);
};

const RULES: readonly Rule[] = [
  refused =>
    'x-github-sso' in refused.answer.headers && refused.answer.status === 403 ? signOn(refused) : undefined,
  answered([401], ({ credential }) => ({ fault: 'credential', hint: unknownCredential(credential) })),
  said(/\bSAML\b|single sign-on/i, signOn),
  said(/suspended/i, ({ credential }) => ({
    fault: 'credential',
    hint:
      credential.kind === 'app'
        ? `Somebody suspended the installation of ${nameOf(credential)}: end that under Settings > GitHub Apps of the owner.`
        : 'The account of the token is suspended.',
  })),
  said(/archived/i, ({ repository }) => ({
    fault: 'repository',
    hint: `${repository} is archived, and takes no dispatch until somebody ends that in its settings.`,
  })),
  said(/IP allow list/i, ({ repository }) => ({
    fault: 'repository',
    hint: `The address under which this machine is seen has to be on the IP allow list of ${ownerOf(repository)}.`,
  })),
  said(/forbids access via|token lifetime|token's lifetime/i, ({ credential, repository }) => ({
    fault: 'credential',
    hint: `${ownerOf(repository)} does not admit ${nameOf(credential)}: a rule of its owner. A GitHub App is not under it.`,
  })),
  answered([403], refused => ({ fault: 'repository', hint: missingPermission(refused) })),
  answered([404], refused => ({ fault: 'repository', hint: invisible(refused) })),
  answered([410], () => ({
    fault: 'repository',
    hint: 'Is the version 2022-11-28 of the API gone? Look for a newer version of the relay.',
  })),
  answered([400, 413, 422], ({ message }) => ({ fault: 'event', hint: faultyEvent(message) })),
  answered([423, 451], ({ repository }) => ({
    fault: 'repository',
    hint: `Somebody blocked ${repository}: its page on GitHub tells why.`,
  })),
];

function ownerOf(repository: string): string {
  return repository.split('/')[0] ?? repository;
}

function unknownCredential(credential: GitHubCredential): string {
  if (credential.kind === 'app') {
    return `GitHub does not take a token that it has just made for ${nameOf(credential)}. Does githubstatus.com tell of trouble?`;
  }
  return `GitHub does not know ${nameOf(credential)}: it has expired, was revoked or belongs to another GitHub. Give the relay a new one.`;
}

function signOn({ credential, repository }: Refused): Meaning {
  return {
    fault: 'credential',
    hint:
      `${ownerOf(repository)} wants ${nameOf(credential)} to be authorised for its single sign-on: ` +
      'Settings > Developer settings > Personal access tokens > Configure SSO.',
  };
}

const TO_DISPATCH = 'Contents: write';

/** Actions: write is what most people try first, and it is the wrong one (docs/github.md 2). */
function missingPermission({ credential, repository, answer }: Refused): string {
  const kind = kindOf(credential);
  const wanted = permissionsIn(answer.headers['x-accepted-github-permissions']) ?? TO_DISPATCH;
  if (kind === 'classic' && lacksScope(answer)) return `The scope repo is missing on ${nameOf(credential)}.`;
  const own = wanted === TO_DISPATCH ? '' : `this call wants ${wanted}, and `;
  return `Most likely ${nameOf(credential)} lacks a permission: ${own}a dispatch wants ${TO_DISPATCH}, not Actions: write. ${REMEDIES[kind](repository)}`;
}

const REMEDIES: Readonly<Record<CredentialKind, (repository: string) => string>> = {
  app: repository =>
    `Give it to the App on its page under Permissions & events, and let the owner of ${repository} accept it.`,
  classic: repository => `It needs the scope repo, and its user the right to write to ${repository}.`,
  'fine-grained': repository =>
    `Give it Repository permissions > Contents: Read and write, for ${repository}; the owner may have to approve that.`,
  installation: repository =>
    `GITHUB_TOKEN reaches its own repository alone, and with "permissions: contents: write"; is ${repository} that one?`,
  user: repository => `Its user needs the right to write to ${repository}.`,
  unknown: repository => `Does it have them for ${repository}?`,
};

/** `a=read,b=write; c=admin` as people see it on the page of a token. Unknown forms are not repeated. */
function permissionsIn(header = ''): string | undefined {
  const alternatives = header
    .split(';')
    .map(all =>
      [...all.matchAll(/\b([a-z_]+)=(read|write|admin)\b/g)]
        .map(([, name = '', level]) => `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${level}`)
        .join(' and '),
    );
  return alternatives.filter(one => one !== '').join(' or ') || undefined;
}

/** GitHub says 404 for what a token must not know of as well (docs/github.md 3). */
function invisible({ credential, repository, answer }: Refused): string {
  const name = nameOf(credential);
  if (credential.kind === 'app') {
    return `The token of ${name} cannot see ${repository}: is it written right, and still there?`;
  }
  if (kindOf(credential) === 'classic' && lacksScope(answer)) {
    return `Most likely ${name} sees no private repository, since it lacks the scope repo: add it on the page of the token. Or is ${repository} written wrong?`;
  }
  const own =
    kindOf(credential) === 'classic'
      ? `may its user see it, or does ${ownerOf(repository)} want it to be authorised for single sign-on`
      : 'is it one of those that it was made for';
  return `Either there is no ${repository}, or ${name} cannot see it at all: is it written right, and ${own}?`;
}

function lacksScope({ headers }: Answer): boolean {
  const scopes = headers['x-oauth-scopes'];
  return scopes !== undefined && !/\brepo\b|\bpublic_repo\b/.test(scopes);
}

function faultyEvent(message: string): string {
  if (/No more than \d+ properties/i.test(message)) return 'A client payload has ten keys at most.';
  if (/too large/i.test(message)) return 'A client payload has less than 64 kB.';
  return 'It is final: the same dispatch would be refused again.';
}
