import { capital } from '../base/finding.ts';
import { type Credentials, usesSession } from '../sites/credentials.ts';
import type { Site } from '../sites/site.ts';
import { certificateRefused } from './no-answer.ts';

/** An answer other than the expected one. */
export interface SiteReply {
  status: number;
  /** A web page or a redirect instead of data. */
  page: boolean;
  text: string;
}

/** Whether a page or a redirect came instead of data, without an error status: nobody is signed in. */
export function isSignInPage({ status, page }: SiteReply): boolean {
  return page && status < 400;
}

/** The likely meaning of an answer to any request, and where to look. */
export function siteHint(site: Site, said: SiteReply): string | undefined {
  const { status, page, text } = said;
  const known = KNOWN_PAGES.find(({ says }) => text.search(says) >= 0);
  if (page && known) return known.hint(site);
  if (isSignInPage(said)) return `Authentication failed: ${NOT_ASKED[site.credentials.kind](site)}`;
  if (status === 401) return `Authentication failed: ${NOT_ACCEPTED[site.credentials.kind](site)}`;
  if (status === 403 && usesSession(site.credentials)) return `${capital(site.user)} lacks this right.`;
  if (status === 403) return certificateRefused(site);
  if (status === 407) return 'A forward proxy answers in place of the site, and wants to be signed in to.';
  if (status === 411) return 'A proxy on the way dropped the length of the body.';
  if (status === 413) return TOO_LARGE;
  if (status === 429) return 'The site asks for fewer requests at a time.';
  // Nobody has reported another status above 500 of QRS itself (docs/qrs.md 8).
  if (status > 500 || (page && status === 500)) return ANOTHER_ANSWERS;
  return status === 500 ? IN_THE_LOG : undefined;
}

const TOO_LARGE =
  'A proxy on the way, or IIS, limits the size of a request: raise that limit for uploads to the site.';
const ANOTHER_ANSWERS = 'Does a proxy or load balancer on the way answer in place of the site?';
const IN_THE_LOG = 'Look for the reason in the log of the repository service on the central node.';

/** The likely meanings of a refused upload: a virtual proxy has answered 500 to an app of 5.45 GB (docs/qrs.md 4.2). */
export function uploadHints({ credentials }: Site): Readonly<Partial<Record<number, string>>> {
  if (!usesSession(credentials)) return {};
  const tooLarge = 'The app may be too large for the virtual proxy: try port 4242 with a certificate.';
  return { 500: `${tooLarge} ${IN_THE_LOG}` };
}

/** Pages of the proxy service (docs/qrs.md 2.2). */
const KNOWN_PAGES: readonly { says: RegExp; hint: (site: Site) => string }[] = [
  {
    says: /too many sessions active/i,
    hint: ({ user }) =>
      `${capital(user)} has five sessions already, the most that a user can have; ` +
      'they end after 30 idle minutes by default. Give this action a user of its own.',
  },
  {
    says: /http request header is incorrect/i,
    hint: ({ url }) =>
      `Is ${new URL(url).hostname} on the host allow list of the virtual proxy, is the prefix in the URL right, ` +
      'and is the virtual proxy linked to the proxy of that node?',
  },
];

type ByKind = Readonly<Record<Credentials['kind'], (site: Site) => string>>;

/** The repository service itself sends a page only while it starts (docs/qrs.md 8). */
const certificateElsewhere = () =>
  'a virtual proxy wants a sign-in there, or the site is still starting. A client certificate is for the repository service itself: ' +
  'https://host:4242, without a prefix.';

/** A redirect to a sign-in page: the proxy ignored the credentials. */
const NOT_ASKED: ByKind = {
  certificate: certificateElsewhere,
  pfx: certificateElsewhere,
  jwt: () =>
    'the virtual proxy did not look at the token. Has the URL the prefix of a virtual proxy for JWT?',
  ntlm: () =>
    'Windows authentication was not offered. Has the URL the prefix of a virtual proxy for it, and does its ' +
    'Windows authentication pattern fit the User-Agent "Windows"?',
  header: ({ credentials }) =>
    `the virtual proxy did not look at the header${credentials.kind === 'header' ? ` ${credentials.name}` : ''}. ` +
    'Has the URL the prefix of a virtual proxy for header authentication, and does the header have that name there?',
};

const certificateNotAsked = () => 'is this the port of the repository service, 4242?';

/** The proxy read the credentials and rejected them. */
const NOT_ACCEPTED: ByKind = {
  certificate: certificateNotAsked,
  pfx: certificateNotAsked,
  jwt: () =>
    'the token was not accepted. Is it expired, does its key belong to the certificate in the virtual proxy, are ' +
    'the claims of user and directory named as there, and do the clocks agree?',
  ntlm: ({ user }) =>
    `user and password were not accepted. Is ${user} locked, or its password expired? ` +
    'A run tries once, because accounts get locked.',
  header: () => 'the user of the header was not accepted. Does the virtual proxy want its directory, or not?',
};
