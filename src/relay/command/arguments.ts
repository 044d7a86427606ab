import { parseArgs } from 'node:util';
import { parseDuration } from '../../base/duration.ts';
import { InputError, messageOf } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { STATES } from '../store/delivery.ts';
import type { Query } from '../store/history.ts';
import { OPTIONS, RELAY_COMMANDS, RELAY_USAGE, type RelayCommand } from './usage.ts';

/** The command line is wrong. */
export class RelayUsageError extends InputError {
  override name = 'UsageError';

  constructor(problems: readonly string[]) {
    super([...problems, '', RELAY_USAGE]);
  }
}

export interface RelayArguments {
  command: RelayCommand;
  config: string;
  store: string | undefined;
  level: string;
  json: boolean;
  dryRun: boolean;
  yes: boolean;
  query: Query;
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

/** Reads the command line. Throws UsageError with every problem at once. */
export function readRelayArguments(
  args: readonly string[],
  now: number,
): RelayArguments | 'help' | 'version' {
  const { values, positionals } = parsed(args);
  const [word, ...more] = positionals;
  if (values.help || word === 'help') return 'help';
  if (values.version) return 'version';
  const problems: string[] = [];
  const command = isCommand(word) ? word : undefined;
  if (!command) problems.push(unknownCommand(word));
  else problems.push(...strangers(command, Object.keys(values)));
  if (more.length > 0) problems.push(`"${more[0]}" is one word too many.`);
  const { config = 'relay.yml', store, json = false, 'log-level': level = 'info', yes = false } = values;
  if (!LEVELS.includes(level)) problems.push(`--log-level ${level}: must be one of ${LEVELS.join(', ')}.`);
  const query = queryFrom(values, now, problems);
  if (command === 'redeliver' || command === 'discard') problems.push(...selectionProblems(command, query));
  if (!command || problems.length > 0) throw new RelayUsageError(problems);
  return { command, config, store, level, json, dryRun: values['dry-run'] ?? false, yes, query };
}

function strangers(command: RelayCommand, given: readonly string[]): string[] {
  const takers = new Map<string, string>(Object.entries(OPTIONS).map(([name, { of }]) => [name, of]));
  const isTaken = (of = '') => of === '' || of.split(' ').includes(command);
  return given.filter(name => !isTaken(takers.get(name))).map(name => `${command} takes no --${name}.`);
}

/** Which changes a command line selects. Adds what is wrong to `problems`. */
function queryFrom(values: ReturnType<typeof parsed>['values'], now: number, problems: string[]): Query {
  const { id: ids, subscription, repository, state = [], limit: most = '50' } = values;
  const states = STATES.filter(one => state.includes(one));
  for (const name of state.filter(name => !STATES.some(one => one === name)))
    problems.push(`--state ${name}: must be one of ${STATES.join(', ')}.`);
  const limit = Number(most);
  if (!Number.isInteger(limit) || limit < 1) problems.push('--limit: must be a whole number of at least 1.');
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    problems.push(`--repository ${repository}: must be owner/name.`);
  const [from, until, older] = (['since', 'until', 'older'] as const).map(name => {
    const time = timeOf(values[name], now);
    if (typeof time === 'string') problems.push(`--${name} ${values[name]}: ${time}`);
    return typeof time === 'number' ? time : undefined;
  });
  return {
    ...{ ids, subscription, repository: repository?.toLowerCase(), from, to: until ?? older, limit },
    states: states.length > 0 ? states : undefined,
  };
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Whether a text is a date. Date.parse accepts too much: it reads 5 as a month of 2001, and 30 February as 1 March. */
function isDate(text: string): boolean {
  const day = text.slice(0, 10);
  const time = Date.parse(day);
  return DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** The time that a text names, or how it must be written. */
function timeOf(text: string | undefined, now: number): number | string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const date = isDate(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  const instead = /^\d+$/.test(text)
    ? `write ${text}m, ${text}h or ${text}d for minutes, hours or days ago`
    : 'must be a duration such as 2h';
  return `${instead}, or a time such as 2026-11-22T08:00:00Z.`;
}

/** Requires a selection: redelivering or discarding everything by mistake would be a flood, or a loss. */
function selectionProblems(command: 'redeliver' | 'discard', query: Query): string[] {
  const { ids, subscription, repository, from, to, states = [] } = query;
  const times = command === 'redeliver' ? '--since or --until' : '--older';
  const which = `--id, --subscription, --repository${command === 'redeliver' ? ',' : ' or'} ${times}`;
  const isNamed = [ids, subscription, repository, from, to].some(one => one !== undefined);
  const problems = isNamed ? [] : [`${command}: say which, by ${which}.`];
  for (const state of command === 'redeliver' ? states : []) {
    if (state === 'delivered' || state === 'dead') continue;
    problems.push(`redeliver: --state ${state}: only what is delivered or dead can be sent again.`);
  }
  return problems;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new RelayUsageError([messageOf(error)]);
  }
}

const isCommand = (word = ''): word is RelayCommand => Object.hasOwn(RELAY_COMMANDS, word);

function unknownCommand(word: string | undefined): string {
  if (word === undefined) return 'No command is given.';
  const near = nearest(word, Object.keys(RELAY_COMMANDS));
  return `There is no command "${word}".${near ? ` Did you mean "${near}"?` : ''}`;
}
