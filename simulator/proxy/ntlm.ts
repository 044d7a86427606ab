import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { md4 } from './md4.ts';

/** The server's side of NTLM version 2, after [MS-NLMP]; version 1 is not accepted. */

const signature = Buffer.from('NTLMSSP\0', 'latin1');
const UNICODE = 0x1;
/** Unicode, target name, NTLM, always sign, a domain, extended security, target info, version, 128 and 56 bits. */
const flags = 0xa289_8205;
const version = Buffer.from([10, 0, 0x7c, 0x4f, 0, 0, 0, 15]);

export interface Challenge {
  readonly nonce: Buffer;
  /** The client must repeat this in what it signs. */
  readonly targetInfo: Buffer;
  /** For the WWW-Authenticate header. */
  readonly header: string;
}

/** The bytes of an `NTLM …` header of this type (1: negotiate, 3: authenticate), if it holds one. */
export function ntlmMessage(header: string | undefined, type: 1 | 3): Buffer | undefined {
  const base64 = /^NTLM\s+([A-Za-z0-9+/=]+)$/.exec(header ?? '')?.[1];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const fits = bytes.length >= 32 && bytes.subarray(0, 8).equals(signature) && bytes.readUInt32LE(8) === type;
  return fits ? bytes : undefined;
}

/** CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2. */
export function createChallenge(domain: string, computer: string): Challenge {
  const nonce = randomBytes(8);
  const name = utf16(domain);
  const time = Buffer.alloc(8);
  // Since 1601, in units of 100 ns.
  time.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n);
  const targetInfo = Buffer.concat([
    pair(2, name),
    pair(1, utf16(computer)),
    pair(4, utf16(`${domain.toLowerCase()}.example`)),
    pair(3, utf16(`${computer.toLowerCase()}.${domain.toLowerCase()}.example`)),
    pair(7, time),
    pair(0, Buffer.alloc(0)),
  ]);
  const head = Buffer.alloc(48);
  signature.copy(head);
  head.writeUInt32LE(2, 8);
  writeField(head, 12, name.length, 56);
  head.writeUInt32LE(flags, 20);
  nonce.copy(head, 24);
  writeField(head, 40, targetInfo.length, 56 + name.length);
  const message = Buffer.concat([head, version, name, targetInfo]);
  return { nonce, targetInfo, header: `NTLM ${message.toString('base64')}` };
}

export interface Account {
  /** `DOMAIN\user`, or `user@domain`. */
  readonly user: string;
  readonly password: string;
}

/** The account whose password made this AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3, 3.3.2), if one did. */
export function authenticated(
  message: Buffer,
  { nonce, targetInfo }: Challenge,
  accounts: readonly Account[],
): Account | undefined {
  const encoding = message.readUInt32LE(60) & UNICODE ? 'utf16le' : 'latin1';
  const text = (at: number) => readField(message, at).toString(encoding);
  const [domain, user] = [text(28), text(36)];
  const response = readField(message, 20);
  // 24 bytes would be version 1.
  if (response.length <= 24 + 28) return undefined;
  const [proof, signed] = [response.subarray(0, 16), response.subarray(16)];
  const repeated = signed.subarray(28).includes(targetInfo.subarray(0, targetInfo.length - 4));
  const name = (domain === '' ? user : `${domain}\\${user}`).toLowerCase();
  const account = accounts.find(one => one.user.toLowerCase() === name);
  if (!account || !repeated) return undefined;
  const hash = hmac(md4(utf16(account.password)), utf16(user.toUpperCase() + domain));
  const expected = hmac(hash, Buffer.concat([nonce, signed]));
  return timingSafeEqual(expected, proof) ? account : undefined;
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const hmac = (key: Buffer, data: Buffer) => createHmac('md5', key).update(data).digest();

function pair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** Length, longest length, and offset in the message. */
function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
}

function readField(message: Buffer, at: number): Buffer {
  const [length, offset] = [message.readUInt16LE(at), message.readUInt32LE(at + 4)];
  return message.subarray(offset, offset + length);
}
