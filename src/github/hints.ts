import { type CredentialKind, type GitHubCredential, kindOf, nameOf } from './credentials.ts';
import { complaintIn } from './message.ts';
import type { Request } from './request.ts';
import type { Answer } from './transport.ts';

interface Refusal {
  credential: GitHubCredential;
  asked: Request;
  answer: Answer;
}

interface Rule {
  status: number;
  /** A header that the answer has. */
  header?: string;
  /** What GitHub says: it chooses among hints, and decides nothing else. */
  says?: RegExp;
  hint: (refusal: Refusal) => string;
}

/** What a refusal most likely means and what to do next (docs/github.md 3); empty when nobody knows. */
export function hintFor(refusal: Refusal): string {
  const { asked, answer } = refusal;
  const said = complaintIn(answer)?.message ?? '';
  const rule = (asked.asApp ? TOKEN_RULES : RULES).find(
    ({ status, header, says }) =>
      status === answer.status &&
      (header === undefined || header in answer.headers) &&
      (says === undefined || says.test(said)),
  );
  return rule?.hint(refusal) ?? '';
}

const owner = ({ asked }: Refusal) => asked.repository.split('/')[0] ?? asked.repository;
const name = ({ credential }: Refusal) => nameOf(credential);

const signOn = (refusal: Refusal) =>
  `${owner(refusal)} wants ${name(refusal)} to be authorised for its single sign-on: ` +
  'Settings > Developer settings > Personal access tokens > Configure SSO.';

/** In order: the first that fits is taken. */
const RULES: readonly Rule[] = [
  { status: 401, hint: unknownCredential },
  { status: 403, header: 'x-github-sso', hint: signOn },
  { status: 403, says: /\bSAML\b|single sign-on/i, hint: signOn },
  {
    status: 403,
    says: /suspended/i,
    hint: refusal =>
      refusal.credential.kind === 'app'
        ? `Somebody suspended the installation of ${name(refusal)}: end that under Settings > GitHub Apps of the owner.`
        : 'The account of the token is suspended.',
  },
  {
    status: 403,
    says: /archived/i,
    hint: ({ asked }) =>
      `${asked.repository} is archived, and takes no dispatch until somebody ends that in its settings.`,
  },
  {
    status: 403,
    says: /IP allow list/i,
    hint: refusal =>
      `The address under which this machine is seen has to be on the IP allow list of ${owner(refusal)}.`,
  },
  {
    status: 403,
    says: /forbids access via|token lifetime|token's lifetime/i,
    hint: refusal =>
      `${owner(refusal)} does not admit ${name(refusal)}: a rule of its owner. A GitHub App is not under it.`,
  },
  { status: 403, hint: missingPermission },
  { status: 404, hint: invisible },
  {
    status: 410,
    hint: () => 'Is the version 2022-11-28 of the API gone? Look for a newer version of the relay.',
  },
  {
    status: 422,
    says: /No more than \d+ properties/i,
    hint: () => 'A client payload has ten keys at most.',
  },
  { status: 422, says: /too large/i, hint: () => 'A client payload has less than 64 kB.' },
  {
    status: 451,
    hint: ({ asked }) => `Somebody blocked ${asked.repository}: its page on GitHub tells why.`,
  },
];

const installation = ({ credential }: Refusal) =>
  credential.kind === 'app' ? `installation ${credential.installation} of ${nameOf(credential)}` : '';

/** Where an App asks for a token (docs/github.md 7). */
const TOKEN_RULES: readonly Rule[] = [
  {
    status: 422,
    says: /permission/i,
    hint: refusal =>
      `The ${installation(refusal)} lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.`,
  },
  {
    status: 422,
    hint: refusal =>
      `Most likely ${refusal.asked.repository} is not among the repositories of ${installation(refusal)}: add it under Settings > GitHub Apps of the owner.`,
  },
  {
    status: 403,
    says: /suspended/i,
    hint: refusal =>
      `Somebody suspended ${installation(refusal)}: end that under Settings > GitHub Apps of the owner.`,
  },
  {
    status: 404,
    says: /integration not found/i,
    hint: () => 'There is no such App at this GitHub: is its id, or client id, written right?',
  },
  {
    status: 404,
    hint: refusal =>
      `There is no ${installation(refusal)}: the number stands at the end of the address of its page under Settings > GitHub Apps of the owner.`,
  },
  {
    status: 401,
    hint: refusal =>
      `Does the key belong to ${name(refusal)}, and is it still on the App's page under Private keys? Is this machine's clock right?`,
  },
];

function unknownCredential({ credential }: Refusal): string {
  if (credential.kind === 'app') {
    return `GitHub does not take a token that it has just made for ${nameOf(credential)}. Does githubstatus.com tell of trouble?`;
  }
  return `GitHub does not know ${nameOf(credential)}: it has expired, was revoked or belongs to another GitHub. Give the relay a new one.`;
}

/** Actions: write is what most people try first, and it is the wrong one (docs/github.md 2). */
function missingPermission({ credential, asked, answer }: Refusal): string {
  const kind = kindOf(credential);
  if (kind === 'classic' && lacksScope(answer)) return `The scope repo is missing on ${nameOf(credential)}.`;
  return `Most likely ${nameOf(credential)} lacks a permission: a dispatch wants Contents: write, not Actions: write. ${REMEDIES[kind](asked.repository)}`;
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

/** GitHub says 404 for what a token must not know of as well (docs/github.md 3). */
function invisible(refusal: Refusal): string {
  const { credential, asked, answer } = refusal;
  const kind = kindOf(credential);
  const who = nameOf(credential);
  if (kind === 'app')
    return `The token of ${who} cannot see ${asked.repository}: is it written right, and still there?`;
  if (kind === 'classic' && lacksScope(answer)) {
    return `Most likely ${who} sees no private repository, since it lacks the scope repo: add it on the page of the token. Or is ${asked.repository} written wrong?`;
  }
  const own =
    kind === 'classic'
      ? `may its user see it, or does ${owner(refusal)} want it to be authorised for single sign-on`
      : 'is it one of those that it was made for';
  return `Either there is no ${asked.repository}, or ${who} cannot see it at all: is it written right, and ${own}?`;
}

function lacksScope({ headers }: Answer): boolean {
  const scopes = headers['x-oauth-scopes'];
  return scopes !== undefined && !/\brepo\b|\bpublic_repo\b/.test(scopes);
}
