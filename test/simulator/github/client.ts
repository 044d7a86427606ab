import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { request as requestSecure } from 'node:https';
import { after } from 'node:test';
import type { GitHub, GitHubOptions } from '../../../simulator/github/server.ts';
import { startGitHub } from '../../../simulator/github/server.ts';

export const workflow = (types = '[qlik-app-updated]') =>
  `name: Promote\non:\n  repository_dispatch: { types: ${types} }\njobs: {}\n`;

export const events = {
  name: 'acme/events',
  files: { '.github/workflows/promote.yml': workflow(), 'README.md': '# Events\n' },
};

export const good = {
  token: 'github_pat_good',
  kind: 'fine-grained',
  repositories: ['acme/events'],
  permissions: { contents: 'write', actions: 'read' },
} as const;

/** A GitHub with one repository and one good token, unless the test has others. */
export async function github(options: GitHubOptions = {}): Promise<GitHub> {
  const started = await startGitHub({ repositories: [events], tokens: [good], ...options });
  after(() => started.stop());
  return started;
}

export interface Sent {
  token?: string | undefined;
  body?: unknown;
  headers?: OutgoingHttpHeaders;
  ca?: string;
}

export interface Reply {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  text: string;
  json: unknown;
}

/** A request with what every request has; a header that is undefined is left out. */
export function call(to: GitHub, method: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { token = good.token, body, headers, ca } = 'token' in sent ? { token: '', ...sent } : sent;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all: OutgoingHttpHeaders = {
    'User-Agent': 'test',
    Accept: 'application/vnd.github+json',
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(text !== undefined && { 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
  };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  const options = { method, agent: false, headers: Object.fromEntries(present), ca };
  const send = to.url.startsWith('https:') ? requestSecure : request;
  return new Promise((resolve, reject) => {
    const outgoing = send(to.url + path, options, async response => {
      try {
        const answer = (await response.toArray()).join('');
        const json = /json/.test(String(response.headers['content-type'])) && answer !== '';
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: answer,
          json: json ? parsed(answer) : undefined,
        });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const dispatch = (to: GitHub, sent: Sent = {}, repository = 'acme/events') =>
  call(to, 'POST', `/repos/${repository}/dispatches`, { body: { event_type: 'qlik-app-updated' }, ...sent });
