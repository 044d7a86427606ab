import { writeFileSync } from 'node:fs';

/** Loaded into the action's process: writes its highest resident set, in KiB, when it ends. */
process.on('exit', () => {
  if (process.env.PEAK_FILE) writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS));
});
