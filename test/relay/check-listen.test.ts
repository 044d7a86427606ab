import { afterEach } from 'node:test';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { base64, DAY, endTrials, OTHER_PORT, PORT, testTrials } from './check-trials.ts';

afterEach(endTrials);

const authority = await createAuthority('own root');

const served = async (hostNames: string[], validity: { notBefore?: Date; notAfter?: Date } = {}) => {
  const { certificatePem, keyPem } = await authority.issueServer({ hostNames, ...validity });
  return `{ url: "https://127.0.0.1:${PORT}", host: 127.0.0.1, certificate: ${base64(certificatePem)}, key: ${base64(keyPem)} }`;
};

const since = (ms: number) => new Date(Date.now() + ms);

testTrials([
  [
    'the name of the relay cannot be found',
    { listen: `{ url: "http://relay.invalid:${PORT}", host: 127.0.0.1 }` },
    /^problem The name in listen\.url, relay\.invalid, cannot be found: .* Give the name by which the Qlik node knows this machine\.$/,
  ],
  [
    'QRS is to call localhost',
    { listen: `{ url: "http://localhost:${PORT}", host: 127.0.0.1 }` },
    /^warning listen\.url says localhost, which is the Qlik node itself to QRS/,
  ],
  [
    'the address of the relay is not one of this machine',
    { listen: `{ url: "http://127.0.0.1:${PORT}", host: 192.0.2.1 }` },
    new RegExp(String.raw`^problem Port ${PORT} of 192\.0\.2\.1 cannot be used: .*EADDRNOTAVAIL`),
  ],
  [
    'QRS is to call another port',
    { listen: `{ url: "http://127.0.0.1:${OTHER_PORT}", host: 127.0.0.1, port: ${PORT} }` },
    new RegExp(
      String.raw`^warning QRS is to call port ${OTHER_PORT}, and the relay listens on ${PORT}: a proxy must pass the calls on\.$`,
    ),
  ],
  [
    'any port will do',
    { listen: '{ url: "http://127.0.0.1", host: 127.0.0.1, port: 0 }' },
    /^warning listen\.port is 0: /,
  ],
  [
    'https is meant to be done by somebody else',
    { listen: `{ url: "https://127.0.0.1:${PORT}", host: 127.0.0.1 }` },
    /^warning listen\.url is https but no certificate is given/,
  ],
  [
    'the certificate is for another name',
    { listen: await served(['relay-host']) },
    /^problem The certificate of listen is not for 127\.0\.0\.1: QRS sends nothing to an address that it does not trust\.$/,
  ],
  [
    'the certificate has expired',
    { listen: await served(['127.0.0.1'], { notBefore: since(-9 * DAY), notAfter: since(-DAY) }) },
    /^problem The certificate of listen expired on \d{4}-\d\d-\d\d: renew it\.$/,
  ],
  [
    'the certificate is not valid yet',
    { listen: await served(['127.0.0.1'], { notBefore: since(9 * DAY), notAfter: since(90 * DAY) }) },
    /^problem The certificate of listen is not valid before \d{4}-\d\d-\d\d\.$/,
  ],
  [
    'the certificate soon expires',
    { listen: await served(['127.0.0.1'], { notAfter: since(20 * DAY) }) },
    /^warning The certificate of listen expires on \d{4}-\d\d-\d\d: renew it\.$/,
  ],
  [
    'the certificate is right',
    { listen: await served(['127.0.0.1']) },
    /^ok The certificate of listen is for 127\.0\.0\.1, until .* QRS must trust who issued it/,
  ],
]);
