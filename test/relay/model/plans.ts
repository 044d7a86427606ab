import type { Edit, Wanted } from './book.ts';

/** A configuration of the relay, and what it asks for in the model's words. */
export interface Plan {
  /** The name of site dev in relay.yml. */
  dev: string;
  subscriptions: readonly Entry[];
}

interface Entry extends Omit<Wanted, 'since'> {
  yaml: string;
}

const OWN = 'INTERNAL\\sa_api';
const UPDATES: Edit['type'][] = ['Update'];

export interface Asked {
  name: string;
  site: string;
  entity?: Wanted['entity'];
  changes?: Edit['type'][];
  ignored?: string[];
  approved?: boolean;
  statuses?: string[];
  repository: string;
  filter?: string;
}

/** A subscription to site `called`, in the words of relay.yml and of the model. */
export function entry(asked: Asked, called: string): Entry {
  const {
    entity = 'App',
    changes = UPDATES,
    ignored = [OWN],
    approved = false,
    statuses = [],
    filter,
    ...rest
  } = asked;
  const lines = [
    `  - name: ${rest.name}`,
    `    site: ${called}`,
    `    entity: ${entity}`,
    `    change: [${changes.join(', ').toLowerCase()}]`,
    `    send: { repository: ${rest.repository}, event: qlik-${rest.name} }`,
    ...(filter === undefined ? [] : [`    filter: ${filter}`]),
    ...(approved ? ['    when: { properties: { PromotionApproval: Approve } }'] : []),
    ...(statuses.length > 0 ? [`    when: { status: [${statuses.join(', ')}] }`] : []),
    // The site's own user is the default.
    ...(ignored[0] === OWN ? [] : [`    ignore-users: [${ignored.join(', ')}]`]),
  ];
  return { ...rest, entity, changes, ignored, approved, statuses, yaml: lines.join('\n') };
}

export const REPOSITORIES = ['acme/one', 'acme/two', 'acme/three', 'acme/four', 'acme/five'];

/** The configurations between which a seed goes to and fro; the first is where it begins. */
export const PLANS = ['plain', 'renamed', 'removed', 'site renamed', 'moved'] as const;
export type PlanName = (typeof PLANS)[number];

export function planOf(name: PlanName): Plan {
  const dev = name === 'site renamed' ? 'develop' : 'dev';
  const updated = entry(
    { name: name === 'renamed' ? 'updated-anew' : 'updated', site: 'dev', repository: 'acme/one' },
    dev,
  );
  const lifecycle = entry(
    { name: 'lifecycle', site: 'dev', changes: ['Add', 'Update', 'Delete'], repository: 'acme/two' },
    dev,
  );
  const failed = entry(
    {
      name: 'failed',
      site: 'dev',
      entity: 'ExecutionResult',
      changes: ['Add', 'Update'],
      statuses: ['FinishedFail', 'Aborted'],
      repository: 'acme/three',
    },
    dev,
  );
  const repository = name === 'moved' ? 'acme/five' : 'acme/four';
  const approved = entry({ name: 'approved', site: 'prod', approved: true, repository }, 'prod');
  const shared = entry({ name: 'shared', site: 'prod', ignored: [], repository: 'acme/one' }, 'prod');
  const subscriptions = [updated, ...(name === 'removed' ? [] : [lifecycle]), failed, approved, shared];
  return { dev, subscriptions };
}

export interface Place {
  url: string;
  certificate: string;
  key: string;
  ca: string;
}

/** The plan as relay.yml has it. */
export function yamlOf(
  plan: Plan,
  given: {
    dev: Place;
    prod: Place;
    port: number;
    github: string;
    token: string;
    store: string;
    more: string;
  },
): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const site = ({ url, certificate, key, ca }: Place, names: string) =>
    `{ url: '${url}', certificate: '${base64(certificate)}', key: '${base64(key)}', ca: '${base64(ca)}'${names} }`;
  return `
sites:
  ${plan.dev}: ${site(given.dev, `, names: [${plan.dev === 'dev' ? 'develop' : 'dev'}]`)}
  prod: ${site(given.prod, '')}
listen: { url: 'http://127.0.0.1:${given.port}', host: 127.0.0.1 }
github: { url: '${given.github}', token: ${given.token} }
store: '${given.store}'
${given.more}
subscriptions:
${plan.subscriptions.map(({ yaml }) => yaml).join('\n')}
`;
}
