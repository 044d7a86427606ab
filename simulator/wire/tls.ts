import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

interface Issued {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface Validity {
  notBefore?: Date;
  notAfter?: Date;
}

export interface Authority {
  readonly certificatePem: string;
  issueClient(options: { name: string } & Validity): Promise<Issued>;
  issueServer(options: { hostNames: readonly string[] } & Validity): Promise<Issued>;
}

type X509 = typeof import('@peculiar/x509');

/** Loaded on first use. Its container needs Reflect's metadata functions, so they load first. */
async function load(): Promise<X509> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const day = 24 * 3600 * 1000;
const yesterday = () => new Date(Date.now() - day);
const inTenYears = () => new Date(Date.now() + 3650 * day);
const distinguished = (name: string) => [{ CN: [name] }];

async function privateKeyPem(
  { privateKey }: webcrypto.CryptoKeyPair,
  { PemConverter }: X509,
): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`;
}

const alternativeName = (name: string) => ({
  type: isIP(name) ? ('ip' as const) : ('dns' as const),
  value: name,
});

/** A certificate authority of its own, such as every Qlik Sense site has (docs/qrs.md 2). */
export async function createAuthority(name: string): Promise<Authority> {
  const x509 = await load();
  const keys = await newKeys();
  const { KeyUsageFlags: usage, ExtendedKeyUsage: purpose } = x509;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguished(name),
    notBefore: yesterday(),
    notAfter: inTenYears(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  async function issue(
    subject: string,
    validity: Validity,
    own: InstanceType<X509['Extension']>[],
  ): Promise<Issued> {
    const issued = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: distinguished(subject),
      issuer: root.subject,
      notBefore: validity.notBefore ?? yesterday(),
      notAfter: validity.notAfter ?? inTenYears(),
      signingAlgorithm: algorithm,
      signingKey: keys.privateKey,
      publicKey: issued.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...own,
      ],
    });
    return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(issued, x509) };
  }

  return {
    certificatePem: `${root.toString('pem')}\n`,
    issueClient: ({ name: client, ...validity }) =>
      issue(client, validity, [new x509.ExtendedKeyUsageExtension([purpose.clientAuth])]),
    issueServer: ({ hostNames, ...validity }) =>
      issue(hostNames[0] ?? 'localhost', validity, [
        new x509.ExtendedKeyUsageExtension([purpose.serverAuth]),
        new x509.SubjectAlternativeNameExtension(hostNames.map(alternativeName)),
      ]),
  };
}

export interface SiteCertificates {
  authority: Authority;
  /** The certificate of clients. */
  client: Issued;
  /** The certificate of the site. */
  server: Issued;
}

const made = new Map<string, Promise<SiteCertificates>>();

/**
 * The certificates of a site, made once per process for the same name and host names: making them takes longer
 * than many a test that starts a site anew.
 */
export function siteCertificates(name: string, hostNames: readonly string[]): Promise<SiteCertificates> {
  const key = JSON.stringify([name, ...hostNames]);
  const known = made.get(key) ?? makeCertificates(name, hostNames);
  made.set(key, known);
  return known;
}

async function makeCertificates(name: string, hostNames: readonly string[]): Promise<SiteCertificates> {
  const authority = await createAuthority(`${name} root`);
  const client = await authority.issueClient({ name: 'QlikClient' });
  return { authority, client, server: await authority.issueServer({ hostNames }) };
}
