import type { Status } from '../model.ts';

/** What the command ends with. */
export const exit = { passed: 0, failed: 1, badInput: 2, untold: 3, interrupted: 130 } as const;

/** A failed verdict beats everything; what could not be run or told is no pass. */
export function exitCode(statuses: readonly Status[], complete = true): number {
  if (statuses.includes('fail')) return exit.failed;
  if (!complete || !statuses.length || statuses.includes('unknown')) return exit.untold;
  return exit.passed;
}
