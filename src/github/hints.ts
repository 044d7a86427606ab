import { type CredentialKind, kindOf, nameOf } from './credentials.ts';
import { complaintIn } from './message.ts';
import type { Caller, GitHubRequest } from './request.ts';
import type { Answer } from './transport.ts';

type Rule = readonly [status: number, says: RegExp, hint: string];
const ANYTHING = /^/;

/** The likely meaning of a refusal; empty when unknown. GitHub's wording chooses a hint, and decides nothing else. */
export function hintFor(caller: Caller, asked: GitHubRequest, answer: Answer): string {
  const sso = 'x-github-sso' in answer.headers ? 'x-github-sso ' : '';
  const said = sso + (complaintIn(answer)?.message ?? '');
  const rules = asked.asApp ? rulesForApps(caller, asked) : rulesFor(caller, asked, answer);
  return rules.find(([status, says]) => status === answer.status && says.test(said))?.[2] ?? '';
}

const SETTINGS = 'under Settings > GitHub Apps of the owner';

/** In order (docs/github.md 3). */
function rulesFor({ credential }: Caller, { repository }: GitHubRequest, answer: Answer): readonly Rule[] {
  const kind = kindOf(credential);
  const name = nameOf(credential);
  const [owner = ''] = repository.split('/');
  const isApp = credential.kind === 'app';
  const scopes = answer.headers['x-oauth-scopes'] ?? 'repo';
  const lacksScope = kind === 'classic' && !/\b(public_)?repo\b/.test(scopes);
  const unknown = isApp
    ? `GitHub does not take a token that it has just made for ${name}. Does githubstatus.com report trouble?`
    : `GitHub does not know ${name}: it has expired, was revoked or belongs to another GitHub. Give the relay a new one.`;
  const suspended = isApp
    ? `Somebody suspended the installation of ${name}: end that ${SETTINGS}.`
    : 'The account of the token is suspended.';
  // Most people try Actions: write first, which does not allow dispatches (docs/github.md 2).
  const lacking = lacksScope
    ? `The scope repo is missing on ${name}.`
    : `Most likely ${name} lacks a permission: a dispatch wants Contents: write, not Actions: write. ${remedy(kind, repository)}`;
  const own =
    kind === 'classic'
      ? `may its user see it, or does ${owner} want it to be authorised for single sign-on`
      : 'is it one of those that it was made for';
  // GitHub also answers 404 for a repository that the token may not see (docs/github.md 3).
  const invisible = isApp
    ? `The token of ${name} cannot see ${repository}: is it written right, and still there?`
    : `Either there is no ${repository}, or ${name} cannot see it at all: is it written right, and ${own}?`;
  const invisibleByScope = `Most likely ${name} sees no private repository, since it lacks the scope repo: add it on the page of the token. Or is ${repository} written wrong?`;
  const sso = `${owner} wants ${name} to be authorised for its single sign-on: Settings > Developer settings > Personal access tokens > Configure SSO.`;
  return [
    [401, ANYTHING, unknown],
    [403, /x-github-sso|\bSAML\b|single sign-on/i, sso],
    [403, /suspended/i, suspended],
    [
      403,
      /archived/i,
      `${repository} is archived, and takes no dispatch until somebody ends that in its settings.`,
    ],
    [
      403,
      /IP allow list/i,
      `Put the address that GitHub sees of this machine on the IP allow list of ${owner}.`,
    ],
    [
      403,
      /forbids access via|token's? lifetime/i,
      `${owner} does not admit ${name}: a rule of its owner. A GitHub App is not under it.`,
    ],
    [403, ANYTHING, lacking],
    [404, ANYTHING, lacksScope ? invisibleByScope : invisible],
    [410, ANYTHING, 'Is the version 2022-11-28 of the API gone? Look for a newer version of the relay.'],
    [422, /No more than \d+ properties/i, 'A client payload has ten keys at most.'],
    [422, /too large/i, 'A client payload has less than 64 kB.'],
    [451, ANYTHING, `Somebody blocked ${repository}: its page on GitHub says why.`],
  ];
}

/** The same where an App asks for a token, or about its installation (docs/github.md 7). */
function rulesForApps({ credential }: Caller, { repository }: GitHubRequest): readonly Rule[] {
  const name = nameOf(credential);
  const installation =
    credential.kind === 'app' ? `installation ${credential.installation} of ${name}` : name;
  return [
    [
      422,
      /permission/i,
      `The ${installation} lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.`,
    ],
    [
      422,
      ANYTHING,
      `Most likely ${repository} is not among the repositories of ${installation}: add it ${SETTINGS}.`,
    ],
    [403, /suspended/i, `Somebody suspended ${installation}: end that ${SETTINGS}.`],
    [
      404,
      /integration not found/i,
      'There is no such App at this GitHub: is its id, or client id, written right?',
    ],
    [
      404,
      ANYTHING,
      `There is no ${installation}: the number is at the end of the address of its page ${SETTINGS}.`,
    ],
    [
      401,
      ANYTHING,
      `Does the key belong to ${name}, and is it still on the App's page under Private keys? Is this machine's clock right?`,
    ],
  ];
}

function remedy(kind: CredentialKind, repository: string): string {
  const remedies: Record<CredentialKind, string> = {
    app: `Give it to the App on its page under Permissions & events, and let the owner of ${repository} accept it.`,
    classic: `It needs the scope repo, and its user the right to write to ${repository}.`,
    'fine-grained': `Give it Repository permissions > Contents: Read and write, for ${repository}; the owner may have to approve that.`,
    installation: `GITHUB_TOKEN reaches only its own repository, and only with "permissions: contents: write"; is ${repository} that one?`,
    user: `Its user needs the right to write to ${repository}.`,
    unknown: `Does it have them for ${repository}?`,
  };
  return remedies[kind];
}
