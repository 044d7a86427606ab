import { STATES } from '../store/delivery.ts';

/** What each command does. */
export const RELAY_COMMANDS = {
  run: 'receives changes from QRS and dispatches them to GitHub',
  check: 'tries everything that run needs, and says what is wrong',
  status: 'shows how many changes wait, and for what; how many were dispatched or given up',
  list: 'shows the changes, the newest first',
  redeliver: 'dispatches again what was dispatched or given up',
  discard: 'removes changes that wait or were given up',
} as const;
export type RelayCommand = keyof typeof RELAY_COMMANDS;

/** `of`: the commands that take it, if not all do. */
const toggle = (does: string, of = '') => ({ type: 'boolean' as const, does, of, value: '' });
const textOption = (value: string, does: string, of = '') => ({ type: 'string' as const, does, of, value });
const listOption = (...given: Parameters<typeof textOption>) => ({
  ...textOption(...given),
  multiple: true as const,
});

/** Every option, as `parseArgs` takes them. */
export const OPTIONS = {
  config: textOption('FILE', "the relay's configuration (relay.yml by default)"),
  'log-level': textOption('LEVEL', 'debug, info (default), warn or error'),
  store: textOption('FILE', 'in place of a configuration', 'status list redeliver discard'),
  json: toggle('as JSON', 'status list'),
  id: listOption('ID', 'this change; may be given several times', 'list redeliver discard'),
  subscription: textOption('NAME', 'of this subscription', 'list redeliver discard'),
  repository: textOption('NAME', 'for this repository, as owner/name', 'list redeliver discard'),
  state: listOption('STATE', `${STATES.join(', ')}; may be given several times`, 'list redeliver discard'),
  since: textOption('TIME', 'notified at or after; 2h (ago) or 2026-11-22T08:00:00Z', 'list redeliver'),
  until: textOption('TIME', 'notified at or before', 'list redeliver'),
  older: textOption('TIME', 'notified at or before', 'discard'),
  limit: textOption('N', 'at most so many (50)', 'list'),
  'dry-run': toggle('only show which', 'redeliver'),
  yes: toggle('remove them; without it, show how many', 'discard'),
  help: { ...toggle('show this text'), short: 'h' },
  version: toggle('show the version'),
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

redeliver sends again what was given up. With --id or --state delivered, it sends again what was dispatched.
Exit code: 0 all is well, 1 something is wrong, 2 wrong use.`;
