import type { SwitchesInput } from '../../simulator/site/switches.ts';

/** What the sites are like, where nobody knows what QRS is like. */
interface Weather {
  readonly name: string;
  readonly switches: SwitchesInput;
  /** Whether a run can know that what a target has is what the source has. */
  readonly certain: boolean;
}

export const clear = { switches: {}, certain: true };
const usual: Weather = { name: '', ...clear };
const source = 'source' as const;

const WEATHERS: readonly Weather[] = [
  ...Array.from({ length: 8 }, () => usual),
  { name: 'objects are not shown', switches: { objectsShown: 'none' }, certain: false },
  { name: 'objects have no hash', switches: { contentHash: 'none' }, certain: true },
  { name: 'hashes are made anew', switches: { contentHash: 'anew' }, certain: true },
  {
    name: 'dates move without content',
    switches: { contentHash: 'none', objectDatesMove: true },
    certain: false,
  },
  {
    name: 'uploads take time and settle',
    switches: { importTakes: 3000, uploadSettles: 800 },
    certain: true,
  },
  {
    name: 'a replace brings the name and the text along',
    switches: {
      descriptionTravels: true,
      replaceAnswers: source,
      replaceName: source,
      replaceDescription: source,
    },
    certain: true,
  },
  { name: 'any other date is a conflict', switches: { conflict: 'differs' }, certain: true },
  {
    name: 'a copy has more than its content',
    switches: { copyObjects: 'all', copyTags: true, copyProperties: true },
    certain: true,
  },
  { name: 'a reload saves over a replace', switches: { whileReloading: 'overwritten' }, certain: true },
  { name: 'what is reloaded is not replaced', switches: { whileReloading: 'refused' }, certain: true },
  { name: 'tasks outlive their apps', switches: { deleteTakesTasks: false }, certain: true },
  { name: 'the name of a publish is ignored', switches: { publishName: 'ignored' }, certain: true },
];

/** The weather of a case: the same for the same id. */
export function weatherOf(id: string): Weather {
  let sum = 7;
  for (const letter of id) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0;
  return WEATHERS[(sum ^ (sum >>> 13)) % WEATHERS.length] ?? usual;
}
