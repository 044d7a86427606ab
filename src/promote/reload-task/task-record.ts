import type { TriggeredTask } from '../../qrs/reload-tasks/update.ts';

/** What this run did about the reload task of one place. */
export interface TaskRecord {
  name: string;
  /** `unclear`: the site never confirmed it. */
  did: 'made' | 'updated' | 'left' | 'not done' | 'unclear' | 'rolled back';
  id?: string;
  /** This run made it for certain, so this run may remove it. */
  own?: true;
  /** The task right before this run changed it. */
  before?: TriggeredTask;
  /** Its date right after this run changed it. */
  wrote?: string;
  /** Who is named as its writer right after this run made it. */
  writer?: string;
}
