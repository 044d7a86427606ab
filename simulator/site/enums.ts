/** The names of enumerations, in the order of their numbers; a gap has no name (docs/qrs.md 5.2 to 5.4). */
export const enums = {
  status: [
    'NeverStarted',
    'Triggered',
    'Started',
    'Queued',
    'AbortInitiated',
    'Aborting',
    'Aborted',
    'FinishedSuccess',
    'FinishedFail',
    'Skipped',
    'Retry',
    'Error',
    'Reset',
    'DistributionQueue',
    'DistributionRunning',
  ],
  taskType: ['Reload', 'ExternalProgram', 'UserSync', 'Distribute'],
  eventType: ['Schema', 'Composite'],
  abortReason: ['Undefined', 'Manual', 'Timeout', 'DeletedTask'],
} as const;

export type EnumName = keyof typeof enums;
export type StatusName = (typeof enums.status)[number];

export const isEnum = (type: string): type is EnumName => Object.hasOwn(enums, type);

/** The number of a status. */
export const numberOf = (status: StatusName) => enums.status.indexOf(status);

const goingOn: readonly StatusName[] = [
  'Triggered',
  'Started',
  'Queued',
  'AbortInitiated',
  'Aborting',
  'Retry',
  'DistributionQueue',
  'DistributionRunning',
];

export const isOver = (status: StatusName) => !goingOn.includes(status);
