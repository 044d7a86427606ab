import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Loaded into the action's process: writes its highest resident set, in KiB, when it ends. It is plain JavaScript,
 * as what Node needs to take types off would count; and getrusage would count what the parent had before exec.
 */
function peak() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

process.on('exit', () => {
  if (process.env.PEAK_FILE) writeFileSync(process.env.PEAK_FILE, String(peak()));
});
