import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { Listen } from '../config/settings.ts';
import { portOf } from '../config/shape.ts';

/** The time before an expiry in which to warn, ms. */
const SOON = 30 * 86_400_000;

/** Checks from this machine whether QRS can reach the relay. */
export async function checkListen(listen: Listen, clock: Clock): Promise<Finding[]> {
  const { url, port, status, tls } = listen;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const findings = [await checkPort(listen), await checkName(host)];
  // This is right where a proxy forwards calls to the relay, and a mistake otherwise.
  if (portOf(url) !== port && port !== 0) {
    const between = 'a proxy must pass the calls on.';
    findings.push(
      warning(`QRS is to call port ${portOf(url)}, and the relay listens on ${port}: ${between}`),
    );
  }
  if (status) findings.push(await checkPort(status));
  if (tls) findings.push(checkCertificate(host, tls.certificate, clock.now()));
  else if (url.startsWith('https:')) {
    const why = 'the proxy before the relay must have one.';
    findings.push(warning(`listen.url is https but no certificate is given: ${why}`));
  }
  return findings;
}

async function checkPort({ host, port }: { host: string; port: number }): Promise<Finding> {
  if (port === 0)
    return warning('listen.port is 0: the relay takes any free port, and QRS cannot know which.');
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
    server.once('error', resolve);
    server.listen(port, host, () => resolve(undefined));
  });
  server.close();
  if (error === undefined) return ok(`Port ${port} is free.`);
  return error.code === 'EADDRINUSE'
    ? warning(`Port ${port} is in use. That is right if the relay runs already.`)
    : problem(`Port ${port} of ${host} cannot be used: ${messageOf(error)}.`);
}

async function checkName(host: string): Promise<Finding> {
  if (/^(localhost$|127\.|::1$)/.test(host)) {
    const what = 'which is the Qlik node itself to QRS: right only if the relay runs on that node.';
    return warning(`listen.url says ${host}, ${what}`);
  }
  try {
    const { address } = await lookup(host);
    return ok(`QRS is to call ${host}, which is ${address} as seen from here.`);
  } catch (error) {
    const why = `The name in listen.url, ${host}, cannot be found: ${messageOf(error)}.`;
    return problem(`${why} Give the name by which the Qlik node knows this machine.`);
  }
}

function checkCertificate(host: string, pem: string, now: number): Finding {
  const certificate = new X509Certificate(pem);
  const [from, until] = [certificate.validFromDate, certificate.validToDate];
  const day = (time: Date) => time.toISOString().slice(0, 10);
  if (until.getTime() < now) return problem(`The certificate of listen expired on ${day(until)}: renew it.`);
  if (from.getTime() > now) return problem(`The certificate of listen is not valid before ${day(from)}.`);
  if (!certificate.checkHost(host) && !certificate.checkIP(host)) {
    const what = 'QRS sends nothing to an address that it does not trust.';
    return problem(`The certificate of listen is not for ${host}: ${what}`);
  }
  if (until.getTime() < now + SOON)
    return warning(`The certificate of listen expires on ${day(until)}: renew it.`);
  const trust = 'QRS must trust who issued it, or it sends nothing, without an error.';
  return ok(`The certificate of listen is for ${host}, until ${day(until)}. ${trust}`);
}
