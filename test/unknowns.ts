import * as z from 'zod';
import { type Switches, type SwitchesInput, switchesSchema } from '../simulator/site/switches.ts';

/** Which of the product's flows an answer to an open question may change. */
export type Flow = 'promotion' | 'reload' | 'relay' | 'schedule' | 'own data';

interface Unknown<Value> {
  /** All values of a list, and numbers that matter, but for the default one. */
  readonly values: readonly Value[];
  readonly flows: readonly Flow[];
}

const everywhere: readonly Flow[] = ['promotion', 'reload', 'relay'];
const promotion: readonly Flow[] = ['promotion'];
const reload: readonly Flow[] = ['reload'];
const relay: readonly Flow[] = ['relay'];
const source = { values: ['source'], flows: promotion } as const;

/** What nobody knows of QRS (docs/qrs.md 9). A switch of the simulator without a row is an error of types. */
export const UNKNOWNS: { readonly [Name in keyof Switches]: Unknown<SwitchesInput[Name]> } = {
  conflict: { values: ['differs'], flows: promotion },
  importTakes: { values: [2_000], flows: promotion },
  uploadSettles: { values: [5, 900], flows: promotion },
  tooManyUploads: { values: [1], flows: promotion },
  descriptionTravels: { values: [true], flows: promotion },
  exportLength: { values: [false], flows: promotion },
  publishTwice: { values: [403], flows: promotion },
  publishRenames: { values: [true], flows: promotion },
  replaceName: source,
  replaceDescription: source,
  replaceAnswers: source,
  replaceTags: source,
  replaceProperties: source,
  replaceOwner: source,
  // test/promote/own-data.test.ts has the cases of `data: target`.
  uploadReplace: { values: ['unknown'], flows: ['own data'] },
  uploadReplaceData: { values: ['dropped'], flows: ['own data'] },
  uploadReplaceTime: { values: ['source'], flows: ['own data'] },
  uploadReplaceSteps: { values: ['several'], flows: ['own data'] },
  describesApi: { values: [false], flows: ['own data'] },
  publishName: { values: ['ignored'], flows: promotion },
  copyTags: { values: [true], flows: promotion },
  copyProperties: { values: [true], flows: promotion },
  copyObjects: { values: ['own', 'all'], flows: promotion },
  copyScript: { values: ['always'], flows: promotion },
  unpublishedShown: { values: ['own'], flows: promotion },
  objectsShown: { values: ['withoutScript', 'none'], flows: promotion },
  objectsHiddenFrom: { values: [['COMPANY\\anna']], flows: promotion },
  contentHash: { values: ['anew', 'none'], flows: promotion },
  objectDatesMove: { values: [true], flows: promotion },
  deleteTakesTasks: { values: [false], flows: promotion },
  whileReloading: { values: ['refused', 'overwritten'], flows: promotion },
  plus: { values: ['space'], flows: ['promotion', 'reload'] },
  eqIgnoresCase: { values: [true], flows: ['promotion', 'reload'] },
  burst: { values: [2, 3], flows: relay },
  loseEvery: { values: [1, 2], flows: relay },
  propertyLeak: { values: [true], flows: relay },
  duplicateSubscriptions: { values: ['accumulate'], flows: relay },
  changesSince: { values: ['latest'], flows: relay },
  shownLate: { values: [1_500], flows: relay },
  ahead: { values: [90_000, -90_000], flows: everywhere },
  boot: { values: [{ notJson: 90_000 }], flows: relay },
  certificate: { values: ['reset'], flows: everywhere },
  // test/promote/reload-task-faults.test.ts has the cases of schedules.
  scheduleStart: { values: ['utc'], flows: ['schedule'] },
  showsNextExecution: { values: [false], flows: ['schedule'] },
  startRefused: { values: [false], flows: reload },
  taskProperties: { values: ['filtered'], flows: reload },
  staleLastResult: { values: [4_000], flows: reload },
  resultLate: { values: [4_000], flows: reload },
  sessionLingers: { values: [4_000], flows: reload },
  stopTakes: { values: [4_000], flows: reload },
  showsPrivileges: { values: [false], flows: ['promotion', 'reload'] },
  scriptLog: { values: ['old', 'new'], flows: reload },
  scriptLogLate: { values: [4_000], flows: reload },
};

/** Every answer that may change a flow, one switch at a time. */
export function answersFor(flow: Flow): SwitchesInput[] {
  return Object.entries(UNKNOWNS)
    .filter(([, { flows }]) => flows.includes(flow))
    .flatMap(([name, { values }]) => values.map((value): SwitchesInput => ({ [name]: value })));
}

/** The values of a switch that has a list of them, or is a yes or no; undefined for numbers and the like. */
export function everyValue(name: string): readonly unknown[] | undefined {
  const schema: unknown = Reflect.get(switchesSchema.shape, name);
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  if (inner instanceof z.ZodBoolean) return [true, false];
  if (inner instanceof z.ZodEnum) return inner.options;
  return inner instanceof z.ZodUnion
    ? inner.options.flatMap(one => (one instanceof z.ZodLiteral ? [...one.values] : []))
    : undefined;
}
