import type { Site } from '../../sites/site.ts';
import type { AppOutcome } from '../outcome.ts';

/**
 * The page of the promoted app in the hub, for `environment.url`, when one app is live on one site; undefined
 * otherwise, or where the site has no known hub. Pure.
 */
export function hubUrl(outcomes: readonly AppOutcome[]): string | undefined {
  const promoted = outcomes.filter(({ plan }) => plan.verdict === 'promote');
  const [target, ...others] = promoted.flatMap(({ targets }) => targets);
  if (promoted.length !== 1 || !target || others.length > 0) return undefined;
  const app = target.streams.find(({ did, app }) => did !== 'rolled back' && app !== undefined)?.app;
  return app && appPage(target.plan.site, app.id);
}

/** The page of an app in the hub; undefined where the site has no known hub. */
export function appPage({ hub }: Site, id: string): string | undefined {
  return hub === undefined ? undefined : `${hub}/sense/app/${id}`;
}
