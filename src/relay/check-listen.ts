import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Finding } from '../github/finding.ts';
import type { Listen } from './config.ts';

/** An expiry within this time is worth a word, ms. */
const SOON = 30 * 86_400_000;

/** Whether QRS can reach the relay, as far as that can be seen from here. */
export async function checkListen(listen: Listen, clock: Clock): Promise<Finding[]> {
  const findings = [await checkPort(listen), await checkName(listen)];
  if (listen.tls) findings.push(checkCertificate(listen.url, listen.tls.certificate, clock));
  else if (listen.url.startsWith('https:')) {
    const what = `listen.url is https but no certificate is given: whatever stands before the relay must have one.`;
    findings.push({ level: 'warning', what });
  }
  return findings;
}

async function checkPort({ host, port }: Listen): Promise<Finding> {
  const server = createServer();
  try {
    const failed = once(server, 'error').then(([error]) => error);
    server.listen(port, host);
    const error = await Promise.race([
      once(server, 'listening').then(
        () => undefined,
        cause => cause,
      ),
      failed,
    ]);
    if (error === undefined) return { level: 'ok', what: `Port ${port} is free.` };
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      return {
        level: 'warning',
        what: `Port ${port} is in use. That is well if it is the relay that runs already.`,
      };
    }
    return { level: 'problem', what: `Port ${port} of ${host} cannot be had: ${messageOf(error)}.` };
  } finally {
    server.close();
  }
}

async function checkName({ url }: Listen): Promise<Finding> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (/^(localhost|127\.|::1$)/.test(host)) {
    const what = `listen.url says ${host}, which is the Qlik node itself to QRS: right only if the relay runs on that node.`;
    return { level: 'warning', what };
  }
  try {
    const { address } = await lookup(host);
    return { level: 'ok', what: `QRS is to call ${host}, which is ${address} as seen from here.` };
  } catch (error) {
    return {
      level: 'problem',
      what: `The name in listen.url, ${host}, cannot be found: ${messageOf(error)}.`,
    };
  }
}

function checkCertificate(url: string, pem: string, clock: Clock): Finding {
  const certificate = new X509Certificate(pem);
  const until = Date.parse(certificate.validTo);
  const host = new URL(url).hostname;
  const day = new Date(until).toISOString().slice(0, 10);
  if (until < clock.now()) return { level: 'problem', what: `The certificate of listen expired on ${day}.` };
  if (!certificate.checkHost(host) && !certificate.checkIP(host)) {
    const what = `The certificate of listen is not for ${host}; QRS sends nothing to an address that it does not trust.`;
    return { level: 'problem', what };
  }
  if (until < clock.now() + SOON)
    return { level: 'warning', what: `The certificate of listen expires on ${day}.` };
  const what = `The certificate of listen is for ${host}, until ${day}. QRS must trust who issued it, or it sends nothing, without an error.`;
  return { level: 'ok', what };
}
