import { z } from 'zod';

const milliseconds = z.number().int().min(0);
const target = z.enum(['target', 'source']).default('target');

/**
 * What no public source settles about QRS, or differs between sites (docs/qrs.md 9): a client must live with
 * every value.
 */
export const switchesSchema = z.strictObject({
  /** When a PUT is a conflict: the stored date is newer than the one sent, or merely another one. */
  conflict: z.enum(['newer', 'differs']).default('newer'),
  /** Milliseconds from the last byte of an upload until the app is there. */
  importTakes: milliseconds.default(0),
  /** Milliseconds until the modifiedDate of an uploaded app moves once more; 0: never. */
  uploadSettles: milliseconds.default(0),
  /** After this many uploads one is refused with 429; 0: never. */
  tooManyUploads: z.number().int().min(0).default(0),
  /** Whether the description is in the exported file, and in a copy. */
  descriptionTravels: z.boolean().default(false),
  /** Whether a download announces its length. */
  exportLength: z.boolean().default(true),
  /** The status that refuses to publish a published app. */
  publishTwice: z.union([z.literal(400), z.literal(403)]).default(400),
  /** Whether publishing without a name renames the app. */
  publishRenames: z.boolean().default(false),
  /** Whose name, whose description the target has after a replace, and which app the answer describes. */
  replaceName: target,
  replaceDescription: target,
  replaceAnswers: target,
  /** Whether tags, properties and owner are the target's or the source's after a replace. */
  replaceTags: target,
  replaceProperties: target,
  replaceOwner: target,
  /** Whether the site knows `POST /app/upload/replace`, and lists it among its calls. */
  uploadReplace: z.enum(['known', 'unknown']).default('known'),
  /** What becomes of the target's data where the file's are dropped, and whose reload time the target has then. */
  uploadReplaceData: z.enum(['kept', 'dropped']).default('kept'),
  uploadReplaceTime: target,
  /** Whether users see such a replace in one step, or the app without data in between. */
  uploadReplaceSteps: z.enum(['one', 'several']).default('one'),
  /** Whether the description of the API can be read. */
  describesApi: z.boolean().default(true),
  /** Whether `name=` of a publish counts. */
  publishName: z.enum(['given', 'ignored']).default('given'),
  /** What a copy has of its source beside the content. */
  copyTags: z.boolean().default(false),
  copyProperties: z.boolean().default(false),
  /** Which objects of a published app a copy has: approved ones, the copying user's own too, or all. */
  copyObjects: z.enum(['approved', 'own', 'all']).default('approved'),
  /** Whether a copy has the script always, or only where its user sees it. */
  copyScript: z.enum(['always', 'seen']).default('seen'),
  /** Which unpublished apps a user sees: those of all users, or only the user's own. */
  unpublishedShown: z.enum(['all', 'own']).default('all'),
  /** Which objects of other users' apps a user sees. */
  objectsShown: z.enum(['all', 'withoutScript', 'none']).default('all'),
  /** The users to whom `objectsShown` applies; empty: every user. */
  objectsHiddenFrom: z.array(z.string()).default([]),
  /** Whether contentHash follows the content, is new after an upload, copy or replace, or is empty. */
  contentHash: z.enum(['content', 'anew', 'none']).default('content'),
  /** Whether every change of an app moves the dates of its objects. */
  objectDatesMove: z.boolean().default(false),
  /** Whether deleting an app deletes its tasks too. */
  deleteTakesTasks: z.boolean().default(true),
  /**
   * Replacing or deleting an app that is being reloaded: the site does it and the reload saves what is there
   * then; or is refused; or the reload saves what it began with over it.
   */
  whileReloading: z.enum(['done', 'refused', 'overwritten']).default('done'),
  /** What a plus in a query is: clients in Python send it for a space, others saw it taken as it is. */
  plus: z.enum(['plus', 'space']).default('plus'),
  /** Whether `eq` and `ne` of a filter ignore the case of strings. */
  eqIgnoresCase: z.boolean().default(false),
  /** The number of callbacks for each change; more than one arrive shuffled. */
  burst: z.number().int().min(1).max(3).default(1),
  /** Every n-th callback is lost; 0: none. */
  loseEvery: z.number().int().min(0).default(0),
  /** Whether changes of other properties than the subscribed one are delivered too. */
  propertyLeak: z.boolean().default(false),
  /** The answer to a second, equal subscription. */
  duplicateSubscriptions: z.enum(['same-handle', 'accumulate']).default('same-handle'),
  /** Whether the changes since a date are all of them, or the newest of each entity. */
  changesSince: z.enum(['each', 'latest']).default('each'),
  /** Milliseconds for which lists show an entity as it was before its last change. */
  shownLate: milliseconds.default(0),
  /** Milliseconds that the site's clock is ahead of the real one; negative: behind. */
  ahead: z.number().int().default(0),
  /** Milliseconds after a restart: connections refused, then answers that are not JSON. */
  boot: z.strictObject({ refuse: milliseconds.default(0), notJson: milliseconds.default(0) }).prefault({}),
  /** What a client without a certificate of the site gets. */
  certificate: z.enum(['forbidden', 'reset']).default('forbidden'),
  /** Whether starting a disabled or running task gives the empty id, or 400 and the running session's id. */
  startRefused: z.boolean().default(true),
  /** Whether a filter on tasks of all types may name custom properties, which only some types have. */
  taskProperties: z.enum(['refused', 'filtered']).default('refused'),
  /** Whether the start of a schedule without `Z` is a time of its time zone, or UTC. */
  scheduleStart: z.enum(['local', 'utc']).default('local'),
  /** Whether tasks and schedules show when they start next. */
  showsNextExecution: z.boolean().default(true),
  /** Milliseconds after a start during which the task still shows its previous result. */
  staleLastResult: milliseconds.default(0),
  /** Milliseconds until an execution result appears. */
  resultLate: milliseconds.default(0),
  /** Milliseconds that a session stays after its result is final. */
  sessionLingers: milliseconds.default(0),
  /** Milliseconds from a stop to Aborted. */
  stopTakes: milliseconds.default(200),
  /** Whether `privileges` is filled when it is asked for. */
  showsPrivileges: z.boolean().default(true),
  /** Which calls give a ticket for a script log. */
  scriptLog: z.enum(['both', 'old', 'new']).default('both'),
  /** Milliseconds after the end: no ticket for the first half of it, no download until it is over. */
  scriptLogLate: milliseconds.default(0),
});

export type Switches = z.infer<typeof switchesSchema>;
export type SwitchesInput = z.input<typeof switchesSchema>;
