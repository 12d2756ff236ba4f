import { readFileSync } from 'node:fs';

/** Everything a drill makes carries these, so that what a dead one left is found, and nobody else's is ever touched. */
export const label = {
  drill: 'failover-drill.drill',
  machine: 'failover-drill.machine',
  owner: 'failover-drill.owner',
  kept: 'failover-drill.kept',
  chain: 'failover-drill.chain',
} as const;

/** The process that answers for a drill: its boot, its id and the moment it started, so that a reused id is not taken for it. */
export function ownerOf(pid: number): string {
  return `${boot()}/${pid}/${startedAt(pid)}`;
}

/** 'elsewhere': another machine or an earlier boot than ours answers for it, which cannot be asked here. */
export function ownerState(owner: string): 'alive' | 'dead' | 'elsewhere' {
  const [itsBoot, pid, started] = owner.split('/');
  if (itsBoot !== boot()) return 'elsewhere';
  return startedAt(Number(pid)) === started ? 'alive' : 'dead';
}

function boot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'no-proc'; // macOS: the process ids of this machine are all there is to tell owners apart
  }
}

/** Field 22 of /proc/PID/stat (clock ticks since boot); '' when there is no such process. See proc_pid_stat(5). */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process whose parent has not asked for its status still has an entry.
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    if (boot() !== 'no-proc') return '';
    try {
      process.kill(pid, 0);
      return 'running';
    } catch {
      return '';
    }
  }
}
