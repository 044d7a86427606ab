import type { Hub } from './hub.ts';

/** A dispatch that GitHub accepted, whether or not its sender received the answer. */
export interface Dispatch {
  /** Milliseconds since 1970, by GitHub's clock. */
  readonly at: number;
  /** Its name now, even if the sender used a former one. */
  readonly repository: string;
  readonly event_type: string;
  readonly client_payload: Readonly<Record<string, unknown>>;
  readonly credential: {
    readonly kind: 'classic' | 'fine-grained' | 'installation';
    readonly token: string;
    readonly login: string;
  };
  /** Empty: GitHub accepted it, and no workflow listens. */
  readonly runs: readonly Run[];
}

/** A workflow run that a dispatch starts. */
interface Run {
  readonly id: number;
  readonly repository: string;
  /** The file, such as `.github/workflows/promote.yml`. */
  readonly workflow: string;
  readonly event_type: string;
  readonly client_payload: Readonly<Record<string, unknown>>;
}

type Listener = (dispatch: Dispatch) => unknown;

export function createDispatches(hub: Hub) {
  const taken: Dispatch[] = [];
  const runs: Run[] = [];
  const heard = new Set<Listener>();

  return {
    taken,
    runs,
    /** Calls the listener for each new dispatch, before the sender gets its answer. The function returned ends that. */
    onDispatch(listener: Listener): () => void {
      heard.add(listener);
      return () => heard.delete(listener);
    },
    /** Resolves with all accepted dispatches once there are so many; rejects after that time. */
    async until(count: number, milliseconds = 5000): Promise<readonly Dispatch[]> {
      if (taken.length >= count) return taken;
      const { promise, resolve, reject } = Promise.withResolvers<readonly Dispatch[]>();
      const late = () => reject(new Error(`${taken.length} of ${count} dispatches came`));
      const timer = setTimeout(late, milliseconds);
      const listener = () => taken.length >= count && resolve(taken);
      heard.add(listener);
      return promise.finally(() => {
        clearTimeout(timer);
        heard.delete(listener);
      });
    },
    take(dispatch: Omit<Dispatch, 'at' | 'runs'>, files: readonly string[]) {
      const { repository, event_type, client_payload } = dispatch;
      const started = files.map((workflow, index) => ({
        id: 1 + runs.length + index,
        repository,
        workflow,
        event_type,
        client_payload,
      }));
      const whole = { at: hub.clock.now(), ...dispatch, runs: started };
      runs.push(...started);
      taken.push(whole);
      for (const listener of heard) listener(whole);
    },
  };
}

export type Dispatches = ReturnType<typeof createDispatches>;
