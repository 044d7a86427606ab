import type { IncomingMessage } from 'node:http';
import type { User } from '../site/entities.ts';
import { fullUserName } from '../site/entities.ts';
import type { Site } from '../site/site.ts';
import type { Switches } from '../site/switches.ts';
import { Refusal } from '../verbs/answers.ts';
import { decode, splitQuery } from '../verbs/call.ts';

const key = /^[0-9a-zA-Z]{16}$/;

/** The user whom X-Qlik-User names, if the site has such a user (docs/qrs.md 2). */
export function userOf(request: IncomingMessage, site: Site): User | undefined {
  const header = request.headers['x-qlik-user'];
  if (typeof header !== 'string') return undefined;
  const parts = new Map(header.split(';').map(nameAndValue));
  return site.userNamed(parts.get('userdirectory') ?? '', parts.get('userid') ?? '');
}

function nameAndValue(part: string): [string, string] {
  const [name = '', value = ''] = part.split('=');
  return [name.trim().toLowerCase(), decode(value.trim())];
}

export function userName(request: IncomingMessage, site: Site): string {
  try {
    const user = userOf(request, site);
    return user ? fullUserName(user) : '';
  } catch {
    return '';
  }
}

/**
 * Protects from cross-site request forgery: the same 16 characters in header and query; a download needs only
 * the header (docs/qrs.md 2).
 */
export function checkXrfkey(request: IncomingMessage, path: string, query: string) {
  const header = request.headers['x-qlik-xrfkey'];
  const download = path.toLowerCase().startsWith('/tempcontent/');
  const inQuery = splitQuery(query).find(([name]) => name === 'xrfkey')?.[1];
  const wellFormed = typeof header === 'string' && key.test(header);
  if (wellFormed && (download || inQuery === header)) return;
  throw new Refusal(403, 'XSRF prevention check failed. Possible XSRF discovered.');
}

/** Every parameter needs a value; this detects a raw `&` inside a value (docs/qrs.md 3). */
export function readQuery(query: string, { plus }: Switches): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of splitQuery(plus === 'space' ? query.replaceAll('+', ' ') : query)) {
    if (!value) throw new Refusal(400, 'Missing parameter value(s)');
    if (!values.has(name)) values.set(name, value);
  }
  return values;
}

/** Whether a POST or PUT has neither a length nor chunks (docs/qrs.md 1). */
export function lacksLength({ method, headers }: IncomingMessage): boolean {
  const hasLength = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return (method === 'POST' || method === 'PUT') && !hasLength;
}
