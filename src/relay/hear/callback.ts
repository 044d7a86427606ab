import { randomBytes } from 'node:crypto';
import type { RelayConfig, Subscription } from '../config/settings.ts';
import type { Store } from '../store/store.ts';

/** The part of a callback's address that nobody can guess: made once, and kept with the store. */
export async function callbackSecret(store: Store, tell: (value: string) => void): Promise<string> {
  const secret = await store.setting('secret', () => randomBytes(32).toString('base64url'));
  tell(secret);
  return secret;
}

/** What QRS is to call for a subscription. */
export function callbackUrl({ listen }: RelayConfig, { name }: Subscription, secret: string): string {
  return `${listen.url}/notify/${name}/${secret}`;
}
