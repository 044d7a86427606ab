import * as z from 'zod';
import { durationShape } from '../../base/duration.ts';
import { formatDuration } from '../../base/units.ts';
import { closed } from '../../base/yaml.ts';
import { STATUS } from '../../qrs/execution-results.ts';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { isPlain } from '../../sites/shape.ts';
import { sitesShape } from '../../sites/sites.ts';
import { whenKeys } from '../../when/when.ts';
import { isPostgres } from '../store/postgres-place.ts';

type Context = z.core.$RefinementCtx;
const wrong = (context: Context, path: (string | number)[], message: string) =>
  context.addIssue({ code: 'custom', path, message });

const text = z.string().trim().min(1, 'must not be empty');
const form = (pattern: RegExp, message: string) => z.string().regex(pattern, message);
const duration = durationShape({ examples: '5s, 2m or 30d' });
/** No slash at the end. */
export const plainUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  .refine(isPlain, 'must be without user, query and #')
  .transform(url => url.replace(/\/+$/, ''));

const subscriptionShape = closed({
  name: form(/^[A-Za-z0-9._-]{1,64}$/, 'must be up to 64 letters, digits, ".", "_" or "-"').describe(
    'A name of its own: part of the address that QRS calls.',
  ),
  site: text.describe('The site, by its name in sites or one of its names.'),
  entity: form(/^[A-Za-z]+(\.[A-Za-z]+)*$/, 'must be a type of QRS such as App').describe(
    'The type of QRS to watch, such as App or ExecutionResult.',
  ),
  change: z
    .array(z.enum(CHANGES))
    .min(1, 'must name at least one change')
    .default(['update'])
    .describe('Which changes: add, update, delete.'),
  filter: text.optional().describe('A filter of QRS. QRS does not apply it to deletions.'),
  property: form(/^!?[A-Za-z]+$/, 'must be the name of one property of QRS such as lastReloadTime')
    .optional()
    .describe('Only changes of this property; !published: changes of any other property.'),
  when: closed({
    ...whenKeys,
    status: z.array(z.enum(STATUS)).min(1).optional().describe('Of an ExecutionResult: how the run ended.'),
  })
    .prefault({})
    .describe('Conditions on the entity as it is read back.'),
  'ignore-users': z
    .array(form(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user'))
    .optional()
    .describe(
      'Changes by these users are not dispatched. Default: the user of the site; for an ExecutionResult, nobody.',
    ),
  send: closed({
    repository: form(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name').describe('owner/name.'),
    event: text.max(100, 'must be at most 100 characters').describe('The event type of the dispatch.'),
  }).describe('Where the dispatch goes.'),
  // With a shorter one, the first reading of an entity could not end in time.
  quiet: duration
    .refine(ms => ms >= 1000, 'must be at least 1s')
    .prefault('5s')
    .describe('One dispatch per entity, once it has been quiet for this time; at least 1s.'),
  'max-wait': duration.prefault('60s').describe('The longest time that a change waits for quiet.'),
})
  .superRefine(({ entity, when, quiet, 'max-wait': maxWait }, context) => {
    const type = entity.toLowerCase();
    const unfit = (key: string, message: string) => wrong(context, ['when', key], message);
    if (when.published !== undefined && type !== 'app') unfit('published', 'is for the entity App');
    if (quiet > maxWait)
      wrong(context, ['quiet'], `must not be longer than max-wait (${formatDuration(maxWait)})`);
    if (type !== 'executionresult') {
      if (when.status !== undefined) unfit('status', 'is for the entity ExecutionResult');
      return;
    }
    const none = 'is nothing that an ExecutionResult has; use when.status';
    if (Object.keys(when.properties).length > 0) unfit('properties', none);
    if (when.tags.has.length + when.tags.lacks.length > 0) unfit('tags', none);
  })
  .transform(({ change, 'ignore-users': ignoreUsers, 'max-wait': maxWait, ...same }) => ({
    ...same,
    changes: [...new Set(change)],
    ignoreUsers,
    maxWait,
  }));

const subscriptions = z
  .array(subscriptionShape)
  .min(1, 'must have at least one subscription')
  .superRefine((all, context) => {
    const names = all.map(({ name }) => name.toLowerCase());
    for (const [index, name] of names.entries()) {
      const message = "is another subscription's name too; it is part of the address that QRS calls";
      if (names.indexOf(name) !== index) wrong(context, [index, 'name'], message);
    }
  });

const place = form(/^.+:\d{1,5}$/, 'must be a host and a port, such as 127.0.0.1:9464')
  .transform(value => {
    const at = value.lastIndexOf(':');
    return { host: value.slice(0, at).replace(/^\[(.+)\]$/, '$1'), port: Number(value.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'must have a port up to 65535');

const listenShape = closed({
  url: plainUrl.describe('The address that QRS calls, as the Qlik server reaches it.'),
  host: text.default('::').describe('The address to listen on. Default: all addresses of this machine.'),
  port: z
    .number()
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('The port to listen on. Default: that of the URL.'),
  status: place
    .optional()
    .describe('host:port for the status page, /livez, /readyz and /metrics, apart from the callbacks.'),
  certificate: text.optional().describe('For https: PEM text or a path.'),
  key: text.optional().describe('For https: PEM text or a path.'),
})
  .superRefine(({ url, certificate, key }, context) => {
    const missing = certificate === undefined ? 'certificate' : 'key';
    if ((certificate === undefined) !== (key === undefined))
      wrong(context, [missing], 'is missing; certificate and key go together');
    else if (certificate !== undefined && url.startsWith('http:'))
      wrong(context, ['url'], 'must begin with https:// where certificate and key are given');
  })
  .transform(said => ({ ...said, port: said.port ?? portOf(said.url) }));

/** The port that a URL names, or means. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

const githubShape = closed({
  url: plainUrl.optional().describe('GitHub’s API. Default: GITHUB_API_URL, else https://api.github.com.'),
  token: text.optional().describe('A token with Contents: write on the repositories.'),
  app: closed({
    id: z
      .union([z.number().int(), text], { error: 'must be the id or client id of a GitHub App' })
      .describe('The App’s id or client id.'),
    key: text.describe('Its private key: PEM text or a path.'),
    installation: z.number().int().describe('The id of its installation.'),
  })
    .optional()
    .describe('A GitHub App in place of a token.'),
  ca: text.optional().describe('An authority of a GitHub Enterprise Server: text or a path.'),
}).superRefine(({ token, app }, context) => {
  const way = 'a token or an app (with id, key and installation)';
  if (!token && !app) wrong(context, [], `must have ${way}`);
  if (token && app) wrong(context, ['app'], `must not stand beside a token: give either ${way}`);
});

/** The shape of the relay's configuration. It does not check files, or references between parts. */
export const configShape = closed({
  sites: sitesShape
    .refine(sites => Object.keys(sites).length > 0, 'must be a mapping of at least one site by name')
    .describe('The sites by name.'),
  listen: listenShape.describe('Where QRS calls the relay.'),
  github: githubShape.describe('How the relay signs in to GitHub.'),
  store: text
    .refine(isStorePlace, 'must be the path of a file, or a URL that begins with postgres://')
    .describe('The file, or the postgres:// database, that holds changes until GitHub has taken them.'),
  subscriptions: subscriptions.describe('What to watch, and where each change is dispatched.'),
  backlog: z
    .number()
    .int()
    .min(1, 'must be at least 1')
    .default(100_000)
    .describe('How many changes may wait. The relay turns more away and asks the site for them later.'),
  history: closed({
    age: duration.prefault('30d').describe('How long.'),
    rows: z.number().int().min(0, 'must be at least 0').default(10_000).describe('How many at most.'),
  })
    .prefault({})
    .describe('How long, and how many, dispatched changes are kept for list and redeliver.'),
});
export type ConfigText = z.output<typeof configShape>;

/** The path of a file, or the URL of a database that the relay knows. */
export function isStorePlace(store: string): boolean {
  return isPostgres(store) || !/^[a-z][a-z0-9+]+:\/\//i.test(store);
}
