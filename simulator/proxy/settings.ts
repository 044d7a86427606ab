import type { Account } from './ntlm.ts';

interface AnyVirtualProxy {
  /** Inner slashes are allowed; empty for the default virtual proxy. */
  readonly prefix: string;
  /** Name of the session cookie; `X-Qlik-Session-<prefix>` by default. */
  readonly cookie?: string;
  /** Minutes without a request after which a session ends; 30 by default. */
  readonly idleMinutes?: number;
  /** Whether changes need the `qlik-csrf-token` header. */
  readonly csrf?: boolean;
  /** Whether every call needs credentials, even with a session. */
  readonly everyCall?: boolean;
  /** Users who are not administrators: they get 403 for tasks and executions. */
  readonly plainUsers?: readonly string[];
  /** The address to which the proxy redirects a request without a session, instead of its own sign-in. */
  readonly loginAt?: string;
}

export interface JwtProxy extends AnyVirtualProxy {
  readonly kind: 'jwt';
  /** PEM: a public key, or a certificate that holds it. */
  readonly publicKey: string;
  /** Names of the claims; `userId` and `userDirectory` by default. */
  readonly idClaim?: string;
  readonly directoryClaim?: string;
}

export interface NtlmProxy extends AnyVirtualProxy {
  readonly kind: 'ntlm';
  readonly accounts: readonly Account[];
  /** A User-Agent that contains this gets NTLM instead of a form; `Windows` by default. */
  readonly pattern?: string;
  /** Asks for NTLM at the path itself rather than at the authentication module. */
  readonly atOnce?: boolean;
  /** What the authentication module offers; `NTLM` by default. */
  readonly offers?: string;
  /** Ends the connection after its challenge, as some balancers do. */
  readonly dropsConnection?: boolean;
}

interface HeaderProxy extends AnyVirtualProxy {
  readonly kind: 'header';
  readonly name: string;
  /** The directory of all its users; without it the header's value names it, as `DIRECTORY\user`. */
  readonly directory?: string;
}

export type VirtualProxy = JwtProxy | NtlmProxy | HeaderProxy;
