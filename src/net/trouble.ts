/** The server that was called, for the sentences about it. */
export interface Peer {
  /** As it is shown: `qlik.company.com:4242`. */
  host: string;
  /** `host:port` of the forward proxy on the way. */
  proxy?: string | undefined;
  /** Whether the user gave an authority (`ca`). */
  ca: boolean;
  /** What this client says about a trouble, in place of what holds for every client. */
  hints: Partial<Record<Trouble, string | ((cause: InnermostError) => string)>>;
}

/** What kept an answer away. */
export type Trouble =
  | 'closed port'
  | 'unknown name'
  | 'no name server'
  | 'no route'
  | 'gone'
  | 'no connection'
  | 'untrusted'
  | 'expired'
  | 'not yet valid'
  | 'not for servers'
  | 'other name'
  | 'weak certificate'
  | 'old TLS'
  | 'no common TLS'
  | 'no certificate wanted'
  | 'certificate refused'
  | 'not TLS'
  | 'not HTTP'
  | 'cut'
  | 'proxy'
  | 'proxy credentials';

/** The innermost error: fetch, octokit and undici wrap what happened into errors of their own. */
export interface InnermostError {
  code: string;
  detail: string;
  /** The names in the certificate that another one was expected in. */
  names: readonly string[];
}

export interface Meaning {
  trouble: Trouble;
  says: (peer: Peer, cause: InnermostError) => string;
  hint?: (peer: Peer, cause: InnermostError) => string;
  final?: boolean;
  unsent?: boolean;
}
