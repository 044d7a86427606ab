import { RemoteError } from '../base/errors.ts';
import { whyNoAnswer } from '../net/no-answer.ts';
import type { TimeLimit } from '../net/time-limit.ts';
import type { Peer } from '../net/trouble.ts';
import { usesSession } from '../sites/credentials.ts';
import type { Site } from '../sites/site.ts';

/** What is late; `final`: do not try again. */
interface Late {
  says: string;
  final: boolean;
}

/** The error for a call without an answer, with the next thing to try. */
export function noAnswer(site: Site, attempt: string, cause: unknown, late?: Late | undefined): RemoteError {
  const { says, hint, final, unsent } =
    late === undefined ? whyNoAnswer(cause, peerOf(site)) : { ...late, hint: undefined, unsent: false };
  return new RemoteError({
    site: site.name,
    attempt,
    answer: says,
    hint,
    mayBeDone: !unsent,
    final,
    cause,
  });
}

/** The words of a time limit whose time is up. */
export function lateness(time: TimeLimit, final = false): Late | undefined {
  const says = time.late();
  return says === undefined ? undefined : { says, final };
}

/** One hint for both 403 and a cut connection, because sites differ in which one they use (docs/qrs.md 2.1). */
export function certificateRefused(site: Site): string {
  if (usesSession(site.credentials)) return 'Was the connection cut by a proxy on the way?';
  return (
    `If this happens at every call, the site does not trust the client certificate ` +
    `(was it exported from this site?), or ${site.user} lacks the right.`
  );
}

function peerOf(site: Site): Peer {
  const { name, url, proxy, ca } = site;
  const via = proxy !== undefined && URL.canParse(proxy) ? new URL(proxy).host : proxy;
  return {
    host: new URL(url).host,
    proxy: via,
    ca: ca !== undefined,
    hints: {
      untrusted:
        'Give the root.pem that was exported with the client certificate as ca; or the authority of a proxy on the ' +
        'way, if one puts its own certificate there.',
      'no route': 'Is this machine in a network, or a VPN, from which the site can be reached?',
      'no connection':
        via === undefined
          ? 'Does a firewall keep this machine from the site? If only a proxy reaches the site, name it as proxy.'
          : "Is the proxy's address right?",
      expired: 'Renew it in the QMC, and export the certificates again.',
      'not for servers': 'Is this the port of the repository service or of the proxy?',
      // Qlik issues the certificate for the short machine name (docs/qrs.md 2.1).
      'other name': ({ names }) =>
        `Set server-name of the site "${name}" to ${names.length > 0 ? 'one of these names' : 'a name that it has'}; ` +
        'the connection stays verified.',
      'certificate refused':
        'Was the client certificate exported from this site, and is it still the one that the site trusts?',
      cut: certificateRefused(site),
      'proxy credentials': `It wants credentials: write them into the proxy of the site "${name}", as http://user:password@host:port.`,
    },
  };
}
