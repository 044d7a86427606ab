import { readFileSync } from 'node:fs';

/**
 * The most memory that a process ever had, bytes. `getrusage` would count what its parent had before exec, too, and is
 * asked only where the system has no /proc.
 */
export function peakMemory(of: number | 'self' = 'self'): number {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${of}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch (error) {
    if (of !== 'self') throw error;
    return process.resourceUsage().maxRSS * 1024;
  }
}
