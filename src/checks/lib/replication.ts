import type { Fact, History } from '../../model.ts';
import { watched } from './faults.ts';
import { databases, stateAt } from './roles.ts';

/**
 * The lag that counts as none, in bytes: the load never rests, so that a replica in step is seen some bytes behind. No
 * more than any replica showed in the ten seconds before the fault, and 0 when none was seen.
 */
export function lagInStep(history: History, injectedMs: number): number {
  return Math.max(
    0,
    ...databases(history).flatMap(name => {
      const then = Number(stateAt(history, 'lag', name, injectedMs) ?? 0);
      const shown = history
        .facts('lag', name)
        .filter(fact => fact.toMs <= injectedMs && fact.toMs > injectedMs - 10_000)
        .map(fact => Number(fact.value));
      return [then, ...shown];
    }),
  );
}

/**
 * Since when a machine has streamed from a primary without a break until the end of the watching, and since when it was
 * in step with it. A replica whose timeline has parted from its primary's streams for an instant, and stops again.
 * A lag holds until another is told: one from the same answer as the streaming counts, or else the last one before.
 */
export function inStepAfter(
  history: History,
  machine: string,
  afterMs: number,
  lagBytes: number,
): { readonly streaming: Fact | undefined; readonly inStep: Fact | undefined } {
  const { endMs } = watched(history);
  const told = history.facts('streaming', machine).filter(fact => fact.toMs <= endMs);
  const lapse = told.findLastIndex(fact => fact.value === '');
  const streaming = told.slice(lapse + 1).find(fact => fact.toMs >= afterMs);
  if (!streaming) return { streaming, inStep: undefined };
  const near = (lag: Fact | undefined) => lag !== undefined && Number(lag.value) <= lagBytes;
  const lags = history.facts('lag', machine);
  if (near(lags.findLast(lag => lag.fromMs <= streaming.fromMs))) return { streaming, inStep: streaming };
  return {
    streaming,
    inStep: lags.find(lag => lag.fromMs > streaming.fromMs && lag.toMs <= endMs && near(lag)),
  };
}
