import { z } from 'zod';

const whole = z.number().int().min(0);

/** Switches that a test may change while the stand-in runs. Times are milliseconds unless they say seconds. */
export const switchesSchema = z.strictObject({
  /** Requests in an hour, for each user, installation and App; 0: no limit and no headers, as on GHES. */
  perHour: whole.default(5000),
  /** The answer to a request over a limit. */
  limitStatus: z.union([z.literal(403), z.literal(429)]).default(403),
  /** Milliseconds between writes of one credential, which must not overlap either; 0: no such rule. */
  apart: whole.default(0),
  /** Seconds for which GitHub accepts nothing more from a credential whose writes came too close. */
  pause: whole.default(60),
  /** Whether `retry-after` names these seconds. */
  retryAfter: z.boolean().default(true),
  /** How long GitHub does not yet know a new installation token. */
  tokenLate: whole.default(0),
  /** How far GitHub's clock is ahead of the clock given. */
  ahead: z.number().int().default(0),
  /** The version of a GitHub Enterprise Server; empty: github.com. */
  enterprise: z.string().default(''),
});

export type Switches = z.infer<typeof switchesSchema>;
export type SwitchesInput = z.input<typeof switchesSchema>;
