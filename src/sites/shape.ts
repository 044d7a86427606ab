import * as z from 'zod';
import { closed } from '../base/yaml.ts';

/** Headers that a site's `headers` must not set: the client sends them, or the proxy reads them. */
const TAKEN = /^(authorization|connection|content-.*|cookie|host|proxy-.*|transfer-encoding|x-qlik-xrfkey)$/i;

const ntlmShape = closed({
  // NTLM messages cannot carry other characters of a domain.
  user: z
    .string()
    .regex(
      /^([A-Za-z0-9._+-]+\\[^\\]+|[^\\@]+@[^\\@]+)$/,
      'must be DOMAIN\\user, with a domain of A-Z, 0-9, ".", "_" and "-", or user@domain',
    )
    .describe('DOMAIN\\user or user@domain.'),
  password: z.string().min(1, 'must not be empty').describe('The password.'),
});

const headerShape = closed({
  name: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header, as set in the virtual proxy')
    .refine(name => !TAKEN.test(name), 'must be a header of its own, as set in the virtual proxy')
    .describe('The name of the header.'),
  // docs/qrs.md 2.4
  value: z
    .string()
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'must be US-ASCII: the proxy takes nothing else')
    .describe('Its value: US-ASCII.'),
});

const PROXY = 'must be true, or the URL of a proxy that begins with http:// or https://';

/** The shape of a site in `sites`. */
export const siteShape = closed({
  url: z
    .url({ protocol: /^https$/, error: 'must be a URL that begins with https://' })
    .refine(isPlain, 'must be host, port and prefix alone: no user, query or #')
    .describe('https://host:4242 for a certificate; https://host/prefix for a virtual proxy.'),
  certificate: z
    .string()
    .optional()
    .describe('The client certificate (client.pem): PEM text, base64 of the text, or a path.'),
  key: z
    .string()
    .optional()
    .describe('The private key (client_key.pem): PEM text, base64 of the text, or a path.'),
  ca: z
    .string()
    .optional()
    .describe('The certificate authority of the site (root.pem): PEM text, base64 of the text, or a path.'),
  passphrase: z.string().optional().describe('The passphrase of an encrypted key or PFX file.'),
  pfx: z.string().optional().describe('Instead of certificate and key: a PFX file, as base64 or as a path.'),
  jwt: z.string().optional().describe('A JSON Web Token, for a virtual proxy with JWT authentication.'),
  ntlm: ntlmShape.optional().describe('User and password, for a virtual proxy with Windows authentication.'),
  header: headerShape
    .optional()
    .describe('Name and value of a header, for a virtual proxy with header authentication.'),
  user: z
    .string()
    .regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')
    .optional()
    .describe('The user for calls with a certificate, written DIRECTORY\\user. Default: INTERNAL\\sa_api.'),
  'server-name': z
    .string()
    .min(1)
    .optional()
    .describe('The name in the server’s certificate, if it is not the host of url.'),
  proxy: z
    .union([z.boolean(), z.url({ protocol: /^https?$/, error: PROXY })], { error: PROXY })
    .optional()
    .describe('A forward proxy: its URL, or true for that of HTTPS_PROXY and NO_PROXY. Default: none.'),
  hub: z
    .url({ protocol: /^https?$/, error: 'must be the address of the hub, such as https://qlik.company.com' })
    .refine(isPlain, 'must be host, port and prefix alone: no user, query or #')
    .optional()
    .describe('The address where people open the hub. Summaries link to it.'),
  names: z
    .array(z.string().min(1))
    .optional()
    .describe('Other names of this site in the custom properties of apps.'),
  insecure: z.boolean().optional().describe('true: do not verify the server’s certificate. Each run warns.'),
  concurrency: z
    .number()
    .int()
    .min(1, 'must be at least 1')
    .max(50, 'must be at most 50')
    .optional()
    .describe('How many apps to export from this site, or to upload to it, at the same time. Default: 2.'),
});

export type SiteText = z.infer<typeof siteShape>;

export function isPlain(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password, search, hash } = new URL(url);
  return [username, password, search, hash].every(part => part === '');
}
