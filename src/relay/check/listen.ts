import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { Listen } from '../config/settings.ts';

/** An expiry within this time is worth a word, ms. */
const SOON = 30 * 86_400_000;

/** Whether QRS can reach the relay, as far as that can be seen from here. */
export async function checkListen(listen: Listen, clock: Clock): Promise<Finding[]> {
  const findings = [await checkPort(listen), ...otherPort(listen), await checkName(listen)];
  if (listen.status) findings.push(await checkPort(listen.status));
  if (listen.tls) findings.push(checkCertificate(listen.url, listen.tls.certificate, clock));
  else if (listen.url.startsWith('https:')) {
    const what = `listen.url is https but no certificate is given: whatever stands before the relay must have one.`;
    findings.push(warning(what));
  }
  return findings;
}

async function checkPort({ host, port }: { host: string; port: number }): Promise<Finding> {
  if (port === 0)
    return warning('listen.port is 0: the relay takes any free port, and QRS cannot know which.');
  const server = createServer();
  const error = await new Promise<Error | undefined>(resolve => {
    server.once('error', resolve);
    server.listen(port, host, () => resolve(undefined));
  });
  server.close();
  if (error === undefined) return ok(`Port ${port} is free.`);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return warning(`Port ${port} is in use. That is well if it is the relay that runs already.`);
  }
  return problem(`Port ${port} of ${host} cannot be had: ${messageOf(error)}.`);
}

/** Two ports are right where something stands before the relay, and a slip of the pen everywhere else. */
function otherPort({ url, port }: Listen): Finding[] {
  const { port: said, protocol } = new URL(url);
  const called = said === '' ? (protocol === 'https:' ? 443 : 80) : Number(said);
  if (called === port || port === 0) return [];
  return [
    warning(
      `QRS is to call port ${called}, and the relay listens on ${port}: something between them must pass calls on.`,
    ),
  ];
}

async function checkName({ url }: Listen): Promise<Finding> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (/^(localhost$|127\.|::1$)/.test(host)) {
    const what = `listen.url says ${host}, which is the Qlik node itself to QRS: right only if the relay runs on that node.`;
    return warning(what);
  }
  try {
    const { address } = await lookup(host);
    return ok(`QRS is to call ${host}, which is ${address} as seen from here.`);
  } catch (error) {
    const why = `The name in listen.url, ${host}, cannot be found: ${messageOf(error)}.`;
    return problem(`${why} Give the name by which the Qlik node knows this machine.`);
  }
}

function checkCertificate(url: string, pem: string, clock: Clock): Finding {
  const certificate = new X509Certificate(pem);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const [from, until] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (until < clock.now()) return problem(`The certificate of listen expired on ${day(until)}: renew it.`);
  if (from > clock.now()) return problem(`The certificate of listen is not valid before ${day(from)}.`);
  if (!certificate.checkHost(host) && !certificate.checkIP(host)) {
    const what = `The certificate of listen is not for ${host}: QRS sends nothing to an address that it does not trust.`;
    return problem(what);
  }
  if (until < clock.now() + SOON)
    return warning(`The certificate of listen expires on ${day(until)}: renew it.`);
  const what = `The certificate of listen is for ${host}, until ${day(until)}. QRS must trust who issued it, or it sends nothing, without an error.`;
  return ok(what);
}
