import { parseArgs } from 'node:util';
import { parseDuration } from '../../base/duration.ts';
import { InputError, messageOf } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { STATES, type State } from '../store/delivery.ts';
import type { Query } from '../store/store.ts';

export const USAGE = `Usage: node dist/relay/index.js COMMAND [options]

  run        receives changes from QRS and dispatches them to GitHub
  check      tries everything that run needs, and says what is wrong
  status     how many changes wait, were told, or were given up
  list       the changes, the newest first
  redeliver  tells GitHub again of changes that were told or given up

  --config FILE        the relay's configuration (relay.yml by default)
  --log-level LEVEL    debug, info (default), warn or error
  --store FILE         status, list, redeliver: the store, where no configuration is at hand
  --json               status, list: as JSON
  --id ID              list, redeliver: this one; may be given several times
  --subscription NAME  list, redeliver: of this subscription
  --state STATE        list, redeliver: ${STATES.join(', ')}; may be given several times
  --since TIME         list, redeliver: notified at or after; 2h (ago) or 2026-11-22T08:00:00Z
  --until TIME         list, redeliver: notified at or before
  --limit N            list: at most so many (50)
  --dry-run            redeliver: only say which
  --help, --version

redeliver takes what was given up; what was told is told again where --id names it, or with --state delivered.
It ends with 0 when all is well, 1 when it is not, and 2 when it is called wrongly.`;

const COMMANDS = ['run', 'check', 'status', 'list', 'redeliver'] as const;
type Command = (typeof COMMANDS)[number];

/** The command line makes no sense. */
export class UsageError extends InputError {
  override name = 'UsageError';

  constructor(problems: readonly string[]) {
    super([...problems, '', USAGE]);
  }
}

export interface Arguments {
  command: Command;
  config: string;
  store: string | undefined;
  level: string;
  json: boolean;
  dryRun: boolean;
  query: Query;
}

const OPTIONS = {
  config: { type: 'string' },
  'log-level': { type: 'string' },
  store: { type: 'string' },
  json: { type: 'boolean' },
  id: { type: 'string', multiple: true },
  subscription: { type: 'string' },
  state: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const SELECTION = ['id', 'subscription', 'state', 'since', 'until'];
/** The options that a command takes, beside --config and --log-level. */
const TAKEN: Readonly<Record<Command, readonly string[]>> = {
  run: [],
  check: [],
  status: ['store', 'json'],
  list: ['store', 'json', 'limit', ...SELECTION],
  redeliver: ['store', 'dry-run', ...SELECTION],
};

const LEVELS = ['debug', 'info', 'warn', 'error'];

/** Reads the command line. Throws UsageError with every problem at once. */
export function readArguments(args: readonly string[], now: number): Arguments | 'help' | 'version' {
  const { values, positionals } = parsed(args);
  if (values.help || positionals[0] === 'help') return 'help';
  if (values.version) return 'version';
  const problems: string[] = [];
  const command = COMMANDS.find(name => name === positionals[0]);
  if (!command) problems.push(unknownCommand(positionals[0]));
  else problems.push(...strangers(command, Object.keys(values)));
  if (positionals.length > 1) problems.push(`"${positionals[1]}" is one word too many.`);
  const level = values['log-level'] ?? 'info';
  if (!LEVELS.includes(level)) problems.push(`--log-level ${level}: must be one of ${LEVELS.join(', ')}.`);
  const query = queryOf(values, now, problems);
  if (command === 'redeliver') problems.push(...redeliverProblems(query));
  if (!command || problems.length > 0) throw new UsageError(problems);
  const { config = 'relay.yml', store, json = false, 'dry-run': dryRun = false } = values;
  return { command, config, store, level, json, dryRun, query };
}

type Values = ReturnType<typeof parsed>['values'];

function queryOf(values: Values, now: number, problems: string[]): Query {
  const states = (values.state ?? []).flatMap((name): State[] => {
    const state = STATES.find(one => one === name);
    if (!state) problems.push(`--state ${name}: must be one of ${STATES.join(', ')}.`);
    return state ? [state] : [];
  });
  const time = (name: 'since' | 'until') => {
    const at = timeOf(values[name], now);
    if (!Number.isNaN(at)) return at;
    problems.push(`--${name}: must be a duration such as 2h, or a time such as 2026-11-22T08:00:00Z.`);
    return undefined;
  };
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1) problems.push('--limit: must be a whole number of at least 1.');
  return {
    states: states.length > 0 ? states : undefined,
    subscription: values.subscription,
    ids: values.id,
    from: time('since'),
    to: time('until'),
    limit,
  };
}

/** Sending again what nobody named would be a flood. */
function redeliverProblems({ ids, subscription, from, to, states }: Query): string[] {
  const problems: string[] = [];
  if (!ids && subscription === undefined && from === undefined && to === undefined) {
    problems.push('redeliver: say which, by --id, --subscription, --since or --until.');
  }
  for (const state of states ?? []) {
    if (state === 'delivered' || state === 'dead') continue;
    problems.push(`redeliver: --state ${state}: only what is delivered or dead can be sent again.`);
  }
  return problems;
}

function strangers(command: Command, given: readonly string[]): string[] {
  const taken = ['config', 'log-level', ...TAKEN[command]];
  return given.filter(name => !taken.includes(name)).map(name => `${command} takes no --${name}.`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError([messageOf(error)]);
  }
}

function unknownCommand(word: string | undefined): string {
  if (word === undefined) return 'No command is given.';
  const near = nearest(word, COMMANDS);
  return `There is no command "${word}".${near ? ` Did you mean "${near}"?` : ''}`;
}

function timeOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  return ago === undefined ? Date.parse(text) : now - ago;
}
