import type { Site } from '../src/sites/site.ts';

/** A site for pure functions: nobody connects to it. */
export const plainSite = (name: string, names: readonly string[] = []): Site => ({
  name,
  names,
  url: `https://${name}:4242`,
  credentials: { kind: 'jwt', jwt: '' },
  ca: undefined,
  user: 'INTERNAL\\sa_api',
  serverName: undefined,
  insecure: false,
  concurrency: 2,
  proxy: undefined,
  hub: undefined,
});
