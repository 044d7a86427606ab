import { parseArgs } from 'node:util';
import { InputError, messageOf } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { STATES } from '../store/delivery.ts';
import type { Query } from '../store/history.ts';
import { queryFrom } from './query.ts';

export const USAGE = `Usage: node dist/relay/index.js COMMAND [options]

  run        receives changes from QRS and dispatches them to GitHub
  check      tries everything that run needs, and says what is wrong
  status     how many changes wait, and for what; how many were dispatched or given up
  list       the changes, the newest first
  redeliver  dispatches again what was dispatched or given up
  discard    removes changes that wait or were given up

  --config FILE        the relay's configuration (relay.yml by default)
  --log-level LEVEL    debug, info (default), warn or error
  --store FILE         status, list, redeliver, discard: the store, where no configuration is at hand
  --json               status, list: as JSON
  --id ID              list, redeliver, discard: this change; may be given several times
  --subscription NAME  list, redeliver, discard: of this subscription
  --repository NAME    list, redeliver, discard: for this repository, as owner/name
  --state STATE        list, redeliver, discard: ${STATES.join(', ')}; may be given several times
  --since TIME         list, redeliver: notified at or after; 2h (ago) or 2026-11-22T08:00:00Z
  --until TIME         list, redeliver: notified at or before
  --older TIME         discard: notified at or before
  --limit N            list: at most so many (50)
  --dry-run            redeliver: only say which
  --yes                discard: remove them, rather than say how many
  --help, --version

redeliver takes what was given up; what was dispatched is dispatched again where --id names it, or with --state delivered.
It ends with 0 when all is well, 1 when it is not, and 2 when it is called wrongly.`;

const COMMANDS = ['run', 'check', 'status', 'list', 'redeliver', 'discard'] as const;
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
  yes: boolean;
  query: Query;
}

const OPTIONS = {
  config: { type: 'string' },
  'log-level': { type: 'string' },
  store: { type: 'string' },
  json: { type: 'boolean' },
  id: { type: 'string', multiple: true },
  subscription: { type: 'string' },
  repository: { type: 'string' },
  state: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
  older: { type: 'string' },
  limit: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const SELECTION = ['store', 'id', 'subscription', 'repository', 'state'];
/** The options that a command takes, beside --config and --log-level. */
const TAKEN: Readonly<Record<Command, readonly string[]>> = {
  run: [],
  check: [],
  status: ['store', 'json'],
  list: [...SELECTION, 'since', 'until', 'json', 'limit'],
  redeliver: [...SELECTION, 'since', 'until', 'dry-run'],
  discard: [...SELECTION, 'older', 'yes'],
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
  const query = queryFrom(values, now, problems);
  if (command === 'redeliver') problems.push(...redeliverProblems(query));
  if (command === 'discard') problems.push(...discardProblems(query));
  if (!command || problems.length > 0) throw new UsageError(problems);
  const { config = 'relay.yml', store, json = false, 'dry-run': dryRun = false, yes = false } = values;
  return { command, config, store, level, json, dryRun, yes, query };
}

/** Sending again what nobody named would be a flood. */
function redeliverProblems({ ids, subscription, repository, from, to, states }: Query): string[] {
  const problems: string[] = [];
  if ([ids, subscription, repository, from, to].every(one => one === undefined)) {
    problems.push('redeliver: say which, by --id, --subscription, --repository, --since or --until.');
  }
  for (const state of states ?? []) {
    if (state === 'delivered' || state === 'dead') continue;
    problems.push(`redeliver: --state ${state}: only what is delivered or dead can be sent again.`);
  }
  return problems;
}

function discardProblems({ ids, subscription, repository, to }: Query): string[] {
  const isNamed = [ids, subscription, repository, to].some(one => one !== undefined);
  return isNamed ? [] : ['discard: say which, by --id, --subscription, --repository or --older.'];
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
