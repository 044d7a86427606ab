import { CLOCK_TOLERANCE } from '../base/clock.ts';
import { formatBytes } from '../base/units.ts';
import { findSite } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';
import type { CheckFacts, Fact, FolderFacts, Rehearsal, SiteFacts, Trial, WayFacts } from './facts.ts';
import { type Judged, judged, type SiteFinding } from './finding.ts';
import { rightsFindings } from './judge-rights.ts';

const DAY = 86_400_000;
/** Less free space gets a warning, bytes. */
const LITTLE = 1024 ** 3;

/** Judges the facts. Pure. */
export function findingsOf({ at, sites, folders, rehearsals, trials }: CheckFacts): SiteFinding[] {
  const all = sites.map(({ site }) => site);
  return [
    ...sites.flatMap(facts => siteFindings(facts, at, all).map(one => ({ site: facts.site.name, ...one }))),
    ...trials.flatMap(trialFindings),
    ...[...rehearsals.map(rehearsalFinding), ...folders.map(folderFinding)].map(one => ({
      site: undefined,
      ...one,
    })),
  ];
}

function siteFindings(facts: SiteFacts, at: number, sites: readonly Site[]): Judged[] {
  const { site, way, properties, wanted } = facts;
  return [
    nameFinding(site, way),
    portFinding(site, way),
    certificateFinding(site, way, at),
    signInFinding(site, way),
    versionFinding(way),
    clockFinding(way),
    ...rightsFindings(facts),
    ...(properties ? propertyFindings(properties, wanted, sites) : []),
  ];
}

function nameFinding({ url }: Site, { name }: WayFacts): Judged {
  const { hostname } = new URL(url);
  return judged('name', name, addresses => addresses.slice(0, 3).join(', '), {
    next: `Is the host ${hostname} right, and can this machine resolve it?`,
  });
}

function portFinding({ url }: Site, { port }: WayFacts): Judged {
  const { host } = new URL(url);
  return judged('port', port, ms => `${new URL(url).port || 443} open, ${ms} ms`, {
    next: `Does something listen at ${host}, and does the firewall let this machine through?`,
  });
}

function certificateFinding(site: Site, { certificate }: WayFacts, at: number): Judged {
  const about = 'certificate';
  if (!('is' in certificate)) {
    return judged(about, certificate, () => '', { next: `Does ${new URL(site.url).host} speak TLS?` });
  }
  const { names, until, lastDay, from, distrust } = certificate.is;
  const says = `until ${lastDay}`;
  if (site.insecure) return { about, state: 'warning', says, next: 'Give ca in place of "insecure: true".' };
  if (distrust !== undefined) {
    return {
      about,
      state: 'failed',
      says: `${names.slice(0, 3).join(', ')}; ${says}; not trusted: ${distrust}`,
      next: cureOf(distrust, names),
    };
  }
  const days = Math.floor((until - at) / DAY);
  if (from <= at && days >= 30) return { about, state: 'ok', says };
  return { about, state: 'warning', says: `${says}, in ${days} days`, next: 'Renew it in the QMC.' };
}

function cureOf(distrust: string, names: readonly string[]): string {
  if (/ALTNAME/.test(distrust))
    return `Set server-name to a name that the certificate has: ${names.join(', ')}.`;
  if (/EXPIRED/.test(distrust)) return 'Renew it in the QMC, and export the certificates again.';
  return 'Give the root.pem that was exported with the client certificate as ca.';
}

function signInFinding({ user }: Site, { version }: WayFacts): Judged {
  // The call's error has its own hint about the next step.
  if ('failed' in version) return { about: 'signed in', state: 'failed', says: 'no', next: version.failed };
  return judged('signed in', version, () => `as ${user}`);
}

function versionFinding({ version }: WayFacts): Judged {
  return 'is' in version
    ? { about: 'version', state: 'ok', says: version.is }
    : { about: 'version', state: 'not known', says: 'nobody is signed in' };
}

function clockFinding({ ahead }: WayFacts): Judged {
  const about = 'clock';
  if (ahead === undefined) return { about, state: 'not known', says: 'the site does not say' };
  if (Math.abs(ahead) <= CLOCK_TOLERANCE) return { about, state: 'ok', says: 'agrees' };
  const says = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead' : 'behind'}`;
  return { about, state: 'warning', says, next: 'That is allowed for, but set one of the two clocks right.' };
}

function propertyFindings(
  properties: Fact<ReadonlyMap<string, readonly string[]>>,
  { properties: names, serverProperty }: SiteFacts['wanted'],
  sites: readonly Site[],
): Judged[] {
  if (!('is' in properties)) return [judged('properties', properties, () => '')];
  return names.map(name => {
    const about = `property ${name}`;
    const values = properties.is.get(name);
    if (!values)
      return { about, state: 'failed', says: 'not there', next: 'Define it in the QMC, for apps.' };
    const strangers = name === serverProperty ? values.filter(value => !namesSite(value, sites)) : [];
    const says = values.length === 0 ? 'any value' : values.slice(0, 5).join(', ');
    if (strangers.length === 0) return { about, state: 'ok', says };
    const next = `No site is called as in ${strangers.map(value => `"${value}"`).join(', ')}; add names to a site.`;
    return { about, state: 'warning', says, next };
  });
}

function namesSite(value: string, sites: readonly Site[]): boolean {
  const at = value.lastIndexOf(' - ');
  return findSite(sites, at < 0 ? value : value.slice(0, at)) !== undefined;
}

function trialFindings({ site, steps }: Trial): SiteFinding[] {
  return steps.map(({ what, came }) => ({ site, ...judged(`try: ${what}`, came, text => text) }));
}

function rehearsalFinding({ of, says, warnings }: Rehearsal): Judged {
  const about = of === 'Promotion' ? 'the spec' : 'the request';
  if ('is' in says && warnings.length > 0) {
    return { about, state: 'warning', says: says.is, next: warnings.join(' ') };
  }
  return judged(about, says, text => text);
}

function folderFinding({ what, path, free }: FolderFacts): Judged {
  const about = `disk for ${what}`;
  if ('is' in free && free.is < LITTLE) {
    const next = `Make room in ${path}: a run keeps apps there while they travel, or for good.`;
    return { about, state: 'warning', says: `${formatBytes(free.is)} free`, next };
  }
  return judged(about, free, bytes => `${formatBytes(bytes)} free`);
}
