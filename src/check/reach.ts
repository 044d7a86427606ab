import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '../base/errors.ts';
import { clientCertificate } from '../qrs/open-connections.ts';
import type { Site } from '../sites/site.ts';
import type { Certificate, Fact } from './facts.ts';

/** A host that does not answer within this time counts as unreachable, ms. */
const PATIENCE = 10_000;

export interface Reach {
  name: Fact<readonly string[]>;
  port: Fact<number>;
  certificate: Fact<Certificate>;
}

/**
 * Reaches a site step by step: its name, its port, its certificate. So each step gets a finding of its own, where a
 * call of QRS would only mention it in an error. Behind a forward proxy, only the proxy can take these steps.
 */
export async function reach(site: Site, signal: AbortSignal): Promise<Reach> {
  if (site.proxy !== undefined) {
    const unknown = { unknown: `the proxy ${new URL(site.proxy).host} goes there` };
    return { name: unknown, port: unknown, certificate: unknown };
  }
  const { hostname, port } = new URL(site.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = await resolved(host);
  const before = { unknown: 'a step before it failed' };
  if ('failed' in name) return { name, port: before, certificate: before };
  const at = { host, port: Number(port || 443) };
  const opened = await withPatience(signal, until => timed(at, until));
  if ('failed' in opened) return { name, port: opened, certificate: before };
  return { name, port: opened, certificate: await withPatience(signal, until => shown(site, at, until)) };
}

async function resolved(host: string): Promise<Fact<readonly string[]>> {
  if (isIP(host)) return { is: [host] };
  try {
    const found = await lookup(host, { all: true });
    return { is: [...new Set(found.map(({ address }) => address))] };
  } catch (error) {
    return { failed: codeOf(error) };
  }
}

async function withPatience<T>(
  signal: AbortSignal,
  look: (until: AbortSignal) => Promise<T>,
): Promise<Fact<T>> {
  const patience = AbortSignal.timeout(PATIENCE);
  try {
    return { is: await look(AbortSignal.any([signal, patience])) };
  } catch (error) {
    return { failed: patience.aborted ? `no answer within ${PATIENCE / 1000} seconds` : codeOf(error) };
  }
}

interface Place {
  host: string;
  port: number;
}

/** Measures the time to connect, ms. */
async function timed(at: Place, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const socket = connect({ ...at, signal });
  try {
    await once(socket, 'connect');
    return Math.round(performance.now() - began);
  } finally {
    socket.destroy();
  }
}

/** The certificate that a server presents, trusted or not. The server gets nothing but our own certificate. */
async function shown(site: Site, at: Place, signal: AbortSignal): Promise<Certificate> {
  const servername = site.serverName ?? (isIP(at.host) ? undefined : at.host);
  const socket = connectTls({
    socket: connect({ ...at, signal }),
    ...clientCertificate(site.credentials),
    ...(site.ca === undefined ? {} : { ca: site.ca }),
    ...(servername === undefined ? {} : { servername }),
    host: site.serverName ?? at.host,
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error('the server shows no certificate');
    const { subjectAltName, subject, validFromDate, validToDate } = certificate;
    return {
      names: namesIn(subjectAltName ?? '', subject ?? ''),
      from: validFromDate.getTime(),
      until: validToDate.getTime(),
      lastDay: validToDate.toISOString().slice(0, 10),
      distrust: socket.authorized ? undefined : reasonOf(socket.authorizationError),
    };
  } finally {
    socket.destroy();
  }
}

/** The alternative names, the only ones that count today; the common name of a certificate without any. */
function namesIn(alternatives: string, subject: string): string[] {
  const names = alternatives.split(', ').flatMap(entry => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
  return names.length > 0 ? names : [/^CN=(.+)$/m.exec(subject)?.[1] ?? 'no name'];
}

/** Node types it as Error, but most often it is a code. */
function reasonOf(error: unknown): string {
  return typeof error === 'string' ? error : codeOf(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
