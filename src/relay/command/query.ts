import { parseDuration } from '../../base/duration.ts';
import { STATES, type State } from '../store/delivery.ts';
import type { Query } from '../store/history.ts';

interface Said {
  id?: string[] | undefined;
  subscription?: string | undefined;
  repository?: string | undefined;
  state?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  older?: string | undefined;
  limit?: string | undefined;
}

/** Which changes a command line selects. Adds what is wrong to `problems`. */
export function queryFrom(said: Said, now: number, problems: string[]): Query {
  const states = (said.state ?? []).flatMap((name): State[] => {
    const state = STATES.find(one => one === name);
    if (!state) problems.push(`--state ${name}: must be one of ${STATES.join(', ')}.`);
    return state ? [state] : [];
  });
  const limit = Number(said.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1) problems.push('--limit: must be a whole number of at least 1.');
  const { repository } = said;
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    problems.push(`--repository ${repository}: must be owner/name.`);
  const time = (name: 'since' | 'until' | 'older') => timeOf(name, said[name], now, problems);
  const [since, until, older] = [time('since'), time('until'), time('older')];
  return {
    states: states.length > 0 ? states : undefined,
    subscription: said.subscription,
    repository: repository?.toLowerCase(),
    ids: said.id,
    from: since,
    to: until ?? older,
    limit,
  };
}

/** Date.parse takes more than dates: to it, 5 is a month of the year 2001. */
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function timeOf(name: string, text: string | undefined, now: number, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const date = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  const instead = /^\d+$/.test(text)
    ? `write ${text}m, ${text}h or ${text}d for minutes, hours or days ago`
    : 'must be a duration such as 2h';
  problems.push(`--${name} ${text}: ${instead}, or a time such as 2026-11-22T08:00:00Z.`);
  return undefined;
}
