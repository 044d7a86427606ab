import { formatBytes } from '../../base/units.ts';
import type { App } from '../../qrs/entities.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What a reviewer asks of the source app: how large it is, when it was reloaded, when and by whom it was changed. Pure. */
export function aboutSource(app: App, at: number): string {
  const by = app.modifiedByUserName === '' ? '' : ` by ${app.modifiedByUserName}`;
  return [...size(app), reloaded(app, at), `changed ${moment(app.modifiedDate, at)}${by}`].join(', ');
}

/** What a reviewer asks of the app that is to be replaced: how large it is, whose, when it was reloaded. Pure. */
export function aboutReplaced(app: App, at: number): string {
  const owner = app.owner ? [`owner ${app.owner.userDirectory}\\${app.owner.userId}`] : [];
  return [...size(app), ...owner, reloaded(app, at)].join(', ');
}

function size({ fileSize }: App): string[] {
  return fileSize === undefined ? [] : [formatBytes(fileSize)];
}

function reloaded({ lastReloadTime }: App, at: number): string {
  const time = Date.parse(lastReloadTime);
  // QRS writes a date before any Qlik Sense where there is none (docs/qrs.md 1).
  return Number.isNaN(time) || time < 0 ? 'never reloaded' : `reloaded ${moment(lastReloadTime, at)}`;
}

/** `20 Nov 06:30 UTC`; `20 Nov 2025` where the year is another than that of `at`, ms since the epoch. Pure. */
export function moment(date: string, at: number): string {
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return 'at an unknown time';
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const year = time.getUTCFullYear();
  if (year !== new Date(at).getUTCFullYear()) return `${day} ${year}`;
  return `${day} ${time.toISOString().slice(11, 16)} UTC`;
}
