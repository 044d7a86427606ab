import type { Privileged } from '../qrs/rights.ts';
import type { Fact, RightsFacts, SiteFacts } from './facts.ts';
import { type Judged, judged } from './finding.ts';

/** Whether the user may do what the spec and the request need. Pure. */
export function rightsFindings({ site, wanted, rights }: SiteFacts): Judged[] {
  if (!rights) return [];
  const { user } = site;
  return [
    ...creatableFindings(rights, wanted.creates, user),
    ...readableFindings(rights, user),
    ...[...wanted.streams].map(([name, missing]) => streamFinding(rights.streams, name, missing, user)),
    ...wanted.apps.flatMap(one => appFindings(rights.apps, one, wanted.actions, user)),
  ];
}

function creatableFindings(
  { creatable }: RightsFacts,
  purposes: SiteFacts['wanted']['creates'],
  user: string,
): Judged[] {
  return [...creatable].map(([type, may]) => {
    const about = `may create ${WORDS[type]}`;
    const purpose = purposes.get(type);
    if ('is' in may && !may.is) {
      const next = `Give ${user} the right to create ${WORDS[type]}, for ${purpose} (docs/permissions.md).`;
      return { about, state: 'failed', says: 'no', next };
    }
    return judged(about, may, () => 'yes');
  });
}

/** Of a kind that a spec requires, an empty list may be a missing right as well as an empty site. */
function readableFindings({ readable }: RightsFacts, user: string): Judged[] {
  return [...readable].map(([kind, count]) => {
    const about = `may read ${READABLE[kind]}`;
    if ('is' in count && count.is === 0) {
      const next = `If the site has any, give ${user} Read on them, for "requires" (docs/permissions.md).`;
      return { about, state: 'warning', says: 'the site shows none', next };
    }
    return judged(about, count, number => `yes, ${number}`);
  });
}

const READABLE = { connections: 'data connections', extensions: 'extensions', tasks: 'tasks' } as const;
const WORDS = { App: 'apps', Stream: 'streams', Tag: 'tags', ReloadTask: 'reload tasks' } as const;

function streamFinding(
  streams: Fact<readonly Privileged[]>,
  name: string,
  missing: 'skip' | 'fail' | 'create',
  user: string,
): Judged {
  const about = `stream ${name}`;
  if (!('is' in streams)) return judged(about, streams, () => '');
  const found = streams.is.filter(stream => stream.name === name);
  const [one, second] = found;
  if (!one) return missingStream(about, missing, user);
  if (second) return { about, state: 'failed', says: `${found.length} of them`, next: 'Rename all but one.' };
  if (!one.actions) return { about, state: 'not known', says: 'there; the right to publish is not shown' };
  if (one.actions.has('publish')) return { about, state: 'ok', says: 'may publish' };
  return {
    about,
    state: 'failed',
    says: 'no right to publish',
    next: `Give ${user} Publish on stream "${name}".`,
  };
}

function missingStream(about: string, missing: 'skip' | 'fail' | 'create', user: string): Judged {
  if (missing === 'create') return { about, state: 'ok', says: 'to be created' };
  const next = `Create it, or give ${user} the right to read it.`;
  return { about, state: missing === 'fail' ? 'failed' : 'warning', says: 'not there', next };
}

function appFindings(
  apps: Fact<readonly Privileged[]>,
  { by, value }: SiteFacts['wanted']['apps'][number],
  actions: ReadonlyMap<string, string>,
  user: string,
): Judged[] {
  const about = `app ${value}`;
  if (!('is' in apps)) return [judged(about, apps, () => '')];
  const found = apps.is.filter(app => (by === 'id' ? app.id === value : app.name === value));
  const [one] = found;
  if (!one || found.length > 1) {
    const next = one
      ? `Select one by its id: ${found.map(({ id }) => id).join(', ')}.`
      : `Is its name right, and may ${user} read it?`;
    return [{ about, state: 'failed', says: one ? `${found.length} of them` : 'not there', next }];
  }
  const has = one.actions;
  if (!has) return [{ about, state: 'not known', says: 'there; the rights are not shown' }];
  const lacking = [...actions].filter(([action]) => !has.has(action));
  if (lacking.length === 0) return [{ about, state: 'ok', says: `may ${[...actions.keys()].join(', ')}` }];
  const needed = lacking.map(([action, purpose]) => `${action} (${purpose})`).join(', ');
  const next = `Give ${user} on app "${one.name}": ${needed}.`;
  return [{ about, state: 'failed', says: `may not ${lacking.map(([action]) => action).join(', ')}`, next }];
}
