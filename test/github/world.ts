import { generateKeyPairSync } from 'node:crypto';
import { after } from 'node:test';
import type { Hub } from '../../simulator/github/hub.ts';
import { type GitHubOptions, type GitHub as Simulated, startGitHub } from '../../simulator/github/server.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import type { Clock } from '../../src/base/clock.ts';
import { StoppedError } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import { connectGitHub, type GitHub, type GitHubSettings } from '../../src/github/client.ts';
import { type Dispatch, type DispatchOutcome, dispatch } from '../../src/github/dispatch.ts';

/** Tokens that can be told from everything else, wherever they turn up. */
export const CLASSIC = 'ghp_markedClassicToken00000000000000000001';
export const FINE_GRAINED = 'github_pat_markedFineGrainedToken0000000002';
export const GITHUB_TOKEN = 'ghs_markedInstallationToken00000000000003';

export const WORKFLOW = '.github/workflows/promote.yml';
export const workflow = (on: string) => `name: Promote\non: ${on}\njobs: {}\n`;
export const EVENTS = {
  name: 'acme/events',
  files: { [WORKFLOW]: workflow('{ repository_dispatch: { types: [qlik-app-updated] } }') },
};

const held = { repositories: ['acme/events'] };
export const TOKENS = [
  { token: CLASSIC, kind: 'classic', ...held },
  { token: FINE_GRAINED, kind: 'fine-grained', ...held, permissions: { contents: 'write', actions: 'read' } },
  { token: GITHUB_TOKEN, kind: 'installation', ...held, permissions: { contents: 'write' } },
] as const;

/** Time that a test sets; a wait takes none of the real time, and all that it asks for of this one. */
export function setClock(start = wholeSecond()): Clock & { time: number; waits: number[] } {
  const clock = {
    time: start,
    waits: [] as number[],
    now: () => clock.time,
    sleep: async (ms: number, signal: AbortSignal) => {
      clock.waits.push(ms);
      clock.time += ms;
      await new Promise(resolve => setImmediate(resolve));
      if (signal.aborted) throw new StoppedError('Stopped while it waited.');
    },
  };
  return clock;
}

/** GitHub tells its time in whole seconds. */
const wholeSecond = () => Math.floor(Date.now() / 1000) * 1000;

function listeningLog(): Log & { lines: string[]; warnings: string[] } {
  const lines: string[] = [];
  const warnings: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return {
    lines,
    warnings,
    debug: keep,
    info: keep,
    failure: keep,
    warning: line => {
      keep(line);
      warnings.push(line);
    },
    group: (_, work) => work(),
  };
}

export interface World {
  hub: Simulated;
  github: GitHub;
  clock: ReturnType<typeof setClock>;
  log: ReturnType<typeof listeningLog>;
  send(more?: Partial<Dispatch>, signal?: AbortSignal): Promise<DispatchOutcome>;
  /** What goes wrong with each dispatch to come. */
  fault(fault: Fault<Hub>, times?: number): void;
}

type Connection = Partial<GitHubSettings>;

/** A simulated GitHub with one repository, and the product connected to it. */
export async function world(options: GitHubOptions = {}, connection: Connection = {}): Promise<World> {
  const clock = setClock();
  const time = { now: () => clock.now(), later: () => () => {} };
  const hub = await startGitHub({ repositories: [EVENTS], tokens: TOKENS, clock: time, ...options });
  after(() => hub.stop());
  return { hub, clock, ...connected(hub.url, { clock, ...connection }), fault };

  function fault(fault: Fault<Hub>, times = 1) {
    hub.faults.add({ method: 'POST', path: /\/dispatches$/, fault, times });
  }
}

/** The product connected to whatever is at an address. */
export function connected(url: string, connection: Connection = {}) {
  const log = listeningLog();
  const github = connectGitHub({
    url,
    credential: { kind: 'token', token: FINE_GRAINED },
    environment: {},
    clock: setClock(),
    log,
    timeout: 5_000,
    ...connection,
  });
  after(() => github.close());
  const send: World['send'] = (more = {}, signal = new AbortController().signal) =>
    dispatch(
      github,
      { repository: 'acme/events', event: 'qlik-app-updated', payload: { delivery: '1' }, ...more },
      signal,
    );
  return { github, log, send };
}

export function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    // As GitHub hands it out.
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The words of an outcome that has some, with what differs from run to run left out. */
export function wordsOf(outcome: DispatchOutcome): string {
  return 'words' in outcome ? outcome.words.replaceAll(/localhost:\d+/g, 'HOST') : '';
}

/** What a refusal is about, and its status; any other outcome as it is. */
export const refusalOf = (outcome: DispatchOutcome) =>
  outcome.kind === 'refused' ? { fault: outcome.fault, status: outcome.status } : outcome;
