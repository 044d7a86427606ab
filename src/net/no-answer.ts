import { meaningOf } from './network-troubles.ts';
import type { InnermostError, Peer, Trouble } from './trouble.ts';

export interface NoAnswer {
  /** Without a full stop. */
  says: string;
  hint: string | undefined;
  /** Another try would end the same way. */
  final: boolean;
  /** No byte of the request reached the server: none was sent, or none went further than a proxy. */
  unsent: boolean;
}

/** Says why no answer came, and what to try next. */
export function whyNoAnswer(error: unknown, peer: Peer): NoAnswer {
  const cause = causeOf(error);
  const proxied = peer.proxy === undefined ? undefined : tunnelRefusal(cause.detail, peer.proxy, peer.host);
  if (proxied) return { hint: hintOf(peer, 'proxy credentials', cause), ...proxied, unsent: true };
  const meaning = meaningOf(cause);
  if (!meaning) {
    return {
      says: [cause.code, cause.detail].filter(Boolean).join(': '),
      hint: undefined,
      final: false,
      unsent: false,
    };
  }
  const { trouble, says, hint, final = false, unsent = false } = meaning;
  return {
    says: says(peer, cause),
    hint: hintOf(peer, trouble, cause) ?? hint?.(peer, cause),
    final,
    unsent,
  };
}

function hintOf(peer: Peer, trouble: Trouble, cause: InnermostError): string | undefined {
  const own = peer.hints[trouble];
  return typeof own === 'function' ? own(cause) : own;
}

function causeOf(error: unknown): InnermostError {
  if (!(error instanceof Error)) return { code: '', detail: String(error), names: [] };
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '' && error.cause !== undefined) return causeOf(error.cause);
  return { code, detail: error.message, names: namesIn(error) };
}

/** The names in a certificate that lacks the expected name: its alternative names, or its common name. */
function namesIn(error: Error): string[] {
  const certificate = 'cert' in error ? error.cert : undefined;
  if (certificate === null || typeof certificate !== 'object') return [];
  const alternatives = 'subjectaltname' in certificate ? String(certificate.subjectaltname ?? '') : '';
  const names = [...alternatives.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  if (names.length > 0) return names;
  const subject = 'subject' in certificate ? certificate.subject : undefined;
  const common = subject !== null && typeof subject === 'object' && 'CN' in subject ? subject.CN : [];
  return [common].flat().filter(name => typeof name === 'string');
}

interface TunnelRefusal {
  says: string;
  hint?: string;
  final: boolean;
}

/**
 * Explains a forward proxy's refusal of a tunnel; undefined for other errors. The HTTP client gives the status only in
 * its message.
 */
function tunnelRefusal(detail: string, proxy: string, host: string): TunnelRefusal | undefined {
  const wantsSignIn = /proxy authentication required/i.test(detail) ? 407 : undefined;
  const status = Number(/Proxy response \((\d{3})\)/.exec(detail)?.[1] ?? wantsSignIn);
  if (!status) return undefined;
  const says = `the proxy ${proxy} gave no way to ${host} (${status})`;
  // The client reads the credentials from there.
  if (status === 407) return { says, final: true };
  return { says, hint: tunnelHint(status), final: status < 500 };
}

function tunnelHint(status: number): string {
  if (status === 403) return 'Does it allow this host and port?';
  if (status >= 500) return 'Can it reach that host and port?';
  return 'Is it a proxy for tunnels (CONNECT)?';
}
