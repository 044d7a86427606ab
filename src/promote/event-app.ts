import { findSite, knownSites, type Named } from '../sites/names.ts';

/** The app that an event names. */
export interface EventApp {
  id: string;
  /** The site that the event names, if it does. */
  site: string | undefined;
}

/** Why a spec cannot promote the app of the event; undefined where it can. `from` is the source site. Pure. */
export function eventProblem(
  event: EventApp | undefined,
  from: Named | undefined,
  sites: readonly Named[],
): string | undefined {
  if (!event) {
    return (
      'The spec promotes the app of the event ("apps: event"), but this run was not started by a ' +
      'repository_dispatch whose client_payload has object.id. List the apps in "apps" to run by hand.'
    );
  }
  if (event.site === undefined) return undefined;
  const site = findSite(sites, event.site);
  if (!site) {
    // A foreign text: keep the error to one short line.
    const called = JSON.stringify(event.site.slice(0, 100));
    return `The event is about an app on site ${called}, which "sites" does not have. ${knownSites(sites, '')}`;
  }
  return from && site !== from
    ? `The event is about an app on site "${site.name}", but the spec promotes from "${from.name}".`
    : undefined;
}
