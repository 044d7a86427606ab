import { z } from 'zod';

const whole = z.number().int().min(0);

/** What a test may turn while the stand-in runs; times are milliseconds unless they say seconds. */
export const switchesSchema = z.strictObject({
  /** Requests in an hour, for each user, installation and App; 0: no limit and no headers, as on GHES. */
  perHour: whole.default(5000),
  /** How being over a limit is answered. */
  limitStatus: z.union([z.literal(403), z.literal(429)]).default(403),
  /** Writes of one credential must not be under way together, nor begin sooner after another; 0: they may. */
  apart: whole.default(0),
  /** Seconds for which nothing more is taken of a credential whose writes came too close. */
  pause: whole.default(60),
  /** Whether `retry-after` tells these seconds. */
  retryAfter: z.boolean().default(true),
  /** How long a new installation token is not known yet. */
  tokenLate: whole.default(0),
  /** How far GitHub's clock is ahead of the clock given. */
  ahead: z.number().int().default(0),
  /** The version of a GitHub Enterprise Server; empty: github.com. */
  enterprise: z.string().default(''),
});

export type Switches = z.infer<typeof switchesSchema>;
export type SwitchesInput = z.input<typeof switchesSchema>;
