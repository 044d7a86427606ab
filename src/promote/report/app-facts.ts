import { formatBytes } from '../../base/units.ts';
import type { App, AppFields } from '../../qrs/entities.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How to show times: `at` is when the facts were read, ms since the epoch; `zone` follows a time of day. */
export interface Moments {
  at: number;
  zone: string;
}

/** Facts for a reviewer about the source app: its size, its reload time, and its last change with the user. Pure. */
export function aboutSource(app: App, moments: Moments): string {
  const by = app.modifiedByUserName === '' ? '' : ` by ${app.modifiedByUserName}`;
  return [...size(app), reloadWords(app, moments), `changed ${moment(app.modifiedDate, moments)}${by}`].join(
    ', ',
  );
}

/** Facts for a reviewer about the app to replace: its size, its owner and its reload time. Pure. */
export function aboutReplaced(app: AppFields, moments: Moments): string {
  const owner = app.owner ? [`owner ${app.owner.userDirectory}\\${app.owner.userId}`] : [];
  return [...size(app), ...owner, reloadWords(app, moments)].join(', ');
}

function size({ fileSize }: AppFields): string[] {
  return fileSize === undefined ? [] : [formatBytes(fileSize)];
}

function reloadWords({ lastReloadTime }: AppFields, moments: Moments): string {
  const time = Date.parse(lastReloadTime);
  // QRS writes a date of 1753 for a missing date (docs/qrs.md 1).
  return Number.isNaN(time) || time < 0 ? 'never reloaded' : `reloaded ${moment(lastReloadTime, moments)}`;
}

/** `20 Nov 06:30 UTC`; `20 Nov 2025` where the year differs from that of `at`. Pure. */
export function moment(date: string, { at, zone }: Moments): string {
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return 'at an unknown time';
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const year = time.getUTCFullYear();
  if (year !== new Date(at).getUTCFullYear()) return `${day} ${year}`;
  return `${day} ${time.toISOString().slice(11, 16)}${zone}`;
}
