import { readFileSync } from 'node:fs';

/**
 * When the command was given, on CLOCK_MONOTONIC in nanoseconds: the start of the npm that runs this script, else of this
 * process. Read from /proc (proc_pid_stat(5), field 22, in ticks of 10 ms); without /proc it is this process's own.
 */
export function commandStart(): { readonly ns: string; readonly boot: string } {
  const now = process.hrtime.bigint();
  const ownNs = now - BigInt(Math.round(process.uptime() * 1e9));
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const npm = process.env.npm_lifecycle_event ? npmAbove(process.ppid) : undefined;
    if (npm === undefined) return { ns: String(ownNs), boot };
    const upS = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    const ageS = Math.max(0, upS - npm / 100);
    return { ns: String(now - BigInt(Math.round(ageS * 1e9))), boot };
  } catch {
    return { ns: String(ownNs), boot: '' };
  }
}

/** The start of the nearest npm among our ancestors, in ticks since boot. */
function npmAbove(pid: number): number | undefined {
  for (let at = pid; at > 1; ) {
    const stat = readFileSync(`/proc/${at}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (/\(npm /.test(stat)) return Number(fields[19]);
    at = Number(fields[1]);
  }
  return undefined;
}
