import type { Options } from '../promote/options.ts';
import type { Spec } from '../promote/spec.ts';
import { NEEDED_KINDS, type NeededKind } from '../qrs/needed.ts';
import type { Securable } from '../qrs/rights.ts';
import type { ReloadRequest } from '../reload/request.ts';
import { findSite } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';

/** What a spec and a request need on one site. */
export interface WantedOnSite {
  roles: ReadonlySet<'source' | 'target' | 'reload'>;
  /** Streams for apps, and what happens where a stream is missing. */
  streams: ReadonlyMap<string, 'skip' | 'fail' | 'create'>;
  /** Set where apps of another site name further streams by a property: what happens where a stream is missing. */
  namedByApps: 'skip' | 'fail' | 'create' | undefined;
  /** The conditions by which the spec selects apps of this site. */
  apps: readonly { by: 'id' | 'name'; value: string }[];
  /** Custom properties that the spec reads on this site. */
  properties: readonly string[];
  /** The property whose values name streams, and the one whose values name sites. */
  streamProperty: string | undefined;
  serverProperty: string | undefined;
  /** The kinds that `requires` names: the user must be able to read them. */
  reads: ReadonlySet<NeededKind>;
  /** What the user must be able to create, and for what. */
  creates: ReadonlyMap<Securable, string>;
  /** What the user must be allowed to do with this site's apps, and for what. */
  actions: ReadonlyMap<string, string>;
}

/** What the spec and the request need of a site. Pure. */
export function wantedOf(
  site: Site,
  sites: readonly Site[],
  spec: Spec | undefined,
  request: ReloadRequest | undefined,
): WantedOnSite {
  const source = spec !== undefined && siteOrOnly(spec.from, sites) === site;
  const targets = spec ? targetsAt(site, sites, spec) : [];
  const reloads = request !== undefined && siteOrOnly(request.site, sites) === site;
  const roles = new Set<'source' | 'target' | 'reload'>();
  if (source) roles.add('source');
  if (targets.length > 0) roles.add('target');
  if (reloads) roles.add('reload');
  const byProperties = source && spec.to.by === 'properties' ? spec.to : undefined;
  const read = source ? Object.keys(spec.when.properties) : [];
  const missing =
    spec?.to.by === 'properties' && targets.length > 0 ? spec.to.options.missingStream : undefined;
  return {
    roles,
    namedByApps: missing,
    streams: new Map(
      targets.flatMap(({ streams, options }) => streams.map(name => [name, options.missingStream] as const)),
    ),
    apps: source ? spec.apps.flatMap(appOf) : [],
    properties: [...new Set([...(byProperties ? [byProperties.server, byProperties.stream] : []), ...read])],
    streamProperty: byProperties?.stream,
    serverProperty: byProperties?.server,
    reads: new Set(targets.flatMap(({ options }) => kindsOf(options))),
    creates: createsAt(roles, targets, request),
    actions: source ? actionsOf(spec) : new Map(),
  };
}

function appOf(one: Spec['apps'][number]): WantedOnSite['apps'] {
  if (one.by === 'id') return [{ by: 'id', value: one.id }];
  return one.by === 'name' ? [{ by: 'name', value: one.name }] : [];
}

interface TargetHere {
  streams: readonly string[];
  options: Options;
}

/** With properties, each app names its sites and streams: any other site may be a target. */
function targetsAt(site: Site, sites: readonly Site[], { to, from }: Spec): TargetHere[] {
  if (to.by === 'properties') {
    const elsewhere = site !== siteOrOnly(from, sites);
    return elsewhere ? [{ streams: [], options: to.options }] : [];
  }
  return to.targets
    .filter(target => findSite(sites, target.site) === site)
    .map(({ streams, options }) => ({ streams, options }));
}

function kindsOf({ requires, reloadTask }: Options): NeededKind[] {
  const after = reloadTask?.after?.length ?? 0;
  return NEEDED_KINDS.filter(kind => requires[kind].length > 0 || (kind === 'tasks' && after > 0));
}

function createsAt(
  roles: WantedOnSite['roles'],
  targets: readonly TargetHere[],
  request: ReloadRequest | undefined,
): Map<Securable, string> {
  const creates = new Map<Securable, string>();
  if (roles.has('target')) creates.set('App', 'a working copy');
  if (targets.some(({ options }) => options.missingStream === 'create'))
    creates.set('Stream', 'missing-stream: create');
  if (targets.some(({ options }) => options.reloadTask)) creates.set('ReloadTask', 'reload-task');
  if (roles.has('reload') && request && request.apps.length > 0)
    creates.set('ReloadTask', "an app's own task");
  return creates;
}

function actionsOf({ done, to }: Spec): Map<string, string> {
  const actions = new Map([['read', 'finding the app']]);
  const travels = to.by === 'properties' || to.targets.length > 0;
  if (travels) actions.set('export', 'the app as a file');
  if (done.tag !== undefined || done.removeProperties) actions.set('update', 'what "done" asks');
  if (done.unpublish) actions.set('delete', 'done.unpublish');
  return actions;
}

function siteOrOnly(called: string | undefined, sites: readonly Site[]): Site | undefined {
  return called === undefined ? sites[0] : findSite(sites, called);
}

/** Adds the streams that the values of the source's property allow: an app may name each of them. */
export function withStreamValues(wanted: WantedOnSite, values: readonly string[]): WantedOnSite {
  const { namedByApps } = wanted;
  if (namedByApps === undefined) return wanted;
  // An app may name a stream for another site, so it may be missing here.
  const missing = namedByApps === 'create' ? 'create' : 'skip';
  return { ...wanted, streams: new Map(values.map(name => [name, missing])) };
}
