import { STATES } from '../store/delivery.ts';

/** What each command does. */
export const RELAY_COMMANDS = {
  run: 'receives changes from QRS and dispatches them to GitHub',
  check: 'tries everything that run needs, and says what is wrong',
  status: 'how many changes wait, and for what; how many were dispatched or given up',
  list: 'the changes, the newest first',
  redeliver: 'dispatches again what was dispatched or given up',
  discard: 'removes changes that wait or were given up',
} as const;
export type RelayCommand = keyof typeof RELAY_COMMANDS;

/** `of`: the commands that take it, if not all do. */
const flag = (does: string, of = '') => ({ type: 'boolean' as const, does, of, value: '' });
const text = (value: string, does: string, of = '') => ({ type: 'string' as const, does, of, value });
const texts = (...given: Parameters<typeof text>) => ({ ...text(...given), multiple: true as const });

/** Every option, as `parseArgs` takes them. */
export const OPTIONS = {
  config: text('FILE', "the relay's configuration (relay.yml by default)"),
  'log-level': text('LEVEL', 'debug, info (default), warn or error'),
  store: text('FILE', 'in place of a configuration', 'status list redeliver discard'),
  json: flag('as JSON', 'status list'),
  id: texts('ID', 'this change; may be given several times', 'list redeliver discard'),
  subscription: text('NAME', 'of this subscription', 'list redeliver discard'),
  repository: text('NAME', 'for this repository, as owner/name', 'list redeliver discard'),
  state: texts('STATE', `${STATES.join(', ')}; may be given several times`, 'list redeliver discard'),
  since: text('TIME', 'notified at or after; 2h (ago) or 2026-11-22T08:00:00Z', 'list redeliver'),
  until: text('TIME', 'notified at or before', 'list redeliver'),
  older: text('TIME', 'notified at or before', 'discard'),
  limit: text('N', 'at most so many (50)', 'list'),
  'dry-run': flag('only say which', 'redeliver'),
  yes: flag('remove them, rather than say how many', 'discard'),
  help: { ...flag('this text'), short: 'h' },
  version: flag('which relay this is'),
};

const line = (head: string, tail: string) => `  ${head.padEnd(20)} ${tail}`;

export const RELAY_USAGE = `Usage: node dist/relay/index.js COMMAND [options]

${Object.entries(RELAY_COMMANDS)
  .map(([name, does]) => line(name, does))
  .join('\n')}

${Object.entries(OPTIONS)
  .map(([name, { value, does, of }]) =>
    line(`--${name} ${value}`, `${of.replaceAll(' ', ', ')}${of && ': '}${does}`),
  )
  .join('\n')}

redeliver takes what was given up; what was dispatched is dispatched again where --id names it, or with --state delivered.
It ends with 0 when all is well, 1 when it is not, and 2 when it is called wrongly.`;
