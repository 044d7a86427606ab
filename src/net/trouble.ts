/** The server that was called, for the sentences about it. */
export interface Peer {
  /** As shown: `qlik.company.com:4242`. */
  host: string;
  /** `host:port` of the forward proxy on the way. */
  proxy?: string | undefined;
  /** Whether the user gave an authority (`ca`). */
  ca: boolean;
  /** This client's own explanation of a trouble, instead of the general one. */
  hints: Partial<Record<Trouble, string | ((cause: InnermostError) => string)>>;
}

/** Why no answer came. */
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

/** The innermost error: fetch, octokit and undici wrap the cause into their own errors. */
export interface InnermostError {
  code: string;
  detail: string;
  /** The names in a certificate that lacks the expected name. */
  names: readonly string[];
}

export interface Meaning {
  trouble: Trouble;
  says: (peer: Peer, cause: InnermostError) => string;
  hint?: (peer: Peer, cause: InnermostError) => string;
  final?: boolean;
  unsent?: boolean;
}
