import { createSign, generateKeyPairSync } from 'node:crypto';

/** The two halves of an App's key, as PEM. */
export function newKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  };
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function signed(privateKey: string, claims: object, header: object = { alg: 'RS256', typ: 'JWT' }) {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}
