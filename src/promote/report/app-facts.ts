import { formatBytes } from '../../base/units.ts';
import type { App, AppFields } from '../../qrs/entities.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How moments are shown: `at` is when the facts were read, ms since the epoch; `zone` what follows a time of the day. */
export interface Moments {
  at: number;
  zone: string;
}

/** What a reviewer asks of the source app: how large it is, when it was reloaded, when and by whom it was changed. Pure. */
export function aboutSource(app: App, moments: Moments): string {
  const by = app.modifiedByUserName === '' ? '' : ` by ${app.modifiedByUserName}`;
  return [...size(app), reloaded(app, moments), `changed ${moment(app.modifiedDate, moments)}${by}`].join(
    ', ',
  );
}

/** What a reviewer asks of the app that is to be replaced: how large it is, whose, when it was reloaded. Pure. */
export function aboutReplaced(app: AppFields, moments: Moments): string {
  const owner = app.owner ? [`owner ${app.owner.userDirectory}\\${app.owner.userId}`] : [];
  return [...size(app), ...owner, reloaded(app, moments)].join(', ');
}

function size({ fileSize }: AppFields): string[] {
  return fileSize === undefined ? [] : [formatBytes(fileSize)];
}

function reloaded({ lastReloadTime }: AppFields, moments: Moments): string {
  const time = Date.parse(lastReloadTime);
  // QRS writes a date before any Qlik Sense where there is none (docs/qrs.md 1).
  return Number.isNaN(time) || time < 0 ? 'never reloaded' : `reloaded ${moment(lastReloadTime, moments)}`;
}

/** `20 Nov 06:30 UTC`; `20 Nov 2025` where the year is another than that of `at`. Pure. */
export function moment(date: string, { at, zone }: Moments): string {
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return 'at an unknown time';
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const year = time.getUTCFullYear();
  if (year !== new Date(at).getUTCFullYear()) return `${day} ${year}`;
  return `${day} ${time.toISOString().slice(11, 16)}${zone}`;
}
