import * as z from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds from `90s`, `2h`, `1h30m`, `500ms`; undefined when the text is not a duration, or is zero. */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim().toLowerCase().replace(/\s+/g, '');
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(compact)) return undefined;
  const parts = compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  const total = [...parts].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );
  return total > 0 ? total : undefined;
}

/** The shape of a duration in a YAML file; ms. `examples` follows "must be a duration such as". */
export function durationShape({ examples = '90s, 30m or 2h', least = 0, tooShort = '' } = {}) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const ms = parseDuration(String(value));
    if (ms !== undefined && ms >= least) return ms;
    const message = ms === undefined ? `must be a duration such as ${examples}` : tooShort;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}
