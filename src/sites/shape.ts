import { z } from 'zod';
import { closed } from '../base/yaml.ts';

/** Ours to send, or the proxy's to read for what it is. */
const TAKEN = /^(authorization|connection|content-.*|cookie|host|proxy-.*|transfer-encoding|x-qlik-xrfkey)$/i;

const ntlmShape = closed({
  // Other letters of a domain do not come through in the messages that are sent.
  user: z
    .string()
    .regex(
      /^([A-Za-z0-9._+-]+\\[^\\]+|[^\\@]+@[^\\@]+)$/,
      'must be DOMAIN\\user, with a domain of A-Z, 0-9, ".", "_" and "-", or user@domain',
    ),
  password: z.string().min(1, 'must not be empty'),
});

const headerShape = closed({
  name: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header, as set in the virtual proxy')
    .refine(name => !TAKEN.test(name), 'must be a header of its own, as set in the virtual proxy'),
  // docs/qrs.md 2.4
  value: z
    .string()
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'must be US-ASCII: the proxy takes nothing else'),
});

const PROXY = 'must be true, or the URL of a proxy that begins with http:// or https://';

/** How a site is written in `sites`. */
export const siteShape = closed({
  url: z
    .url({ protocol: /^https$/, error: 'must be a URL that begins with https://' })
    .refine(isPlain, 'must be host, port and prefix alone: no user, query or #'),
  certificate: z.string().optional(),
  key: z.string().optional(),
  ca: z.string().optional(),
  passphrase: z.string().optional(),
  pfx: z.string().optional(),
  jwt: z.string().optional(),
  ntlm: ntlmShape.optional(),
  header: headerShape.optional(),
  user: z
    .string()
    .regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')
    .optional(),
  'server-name': z.string().min(1).optional(),
  proxy: z.union([z.boolean(), z.url({ protocol: /^https?$/, error: PROXY })], { error: PROXY }).optional(),
  hub: z
    .url({ protocol: /^https?$/, error: 'must be the address of the hub, such as https://qlik.company.com' })
    .refine(isPlain, 'must be host, port and prefix alone: no user, query or #')
    .optional(),
  names: z.array(z.string().min(1)).optional(),
  insecure: z.boolean().optional(),
  concurrency: z.number().int().min(1, 'must be at least 1').max(50, 'must be at most 50').optional(),
});

export type SiteText = z.infer<typeof siteShape>;

function isPlain(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password, search, hash } = new URL(url);
  return [username, password, search, hash].every(part => part === '');
}
