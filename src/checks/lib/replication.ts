import type { Fact, History } from '../../model.ts';
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

/** The first time after a moment that a machine streamed from a primary, and then was in step with it. */
export function inStepAfter(
  history: History,
  machine: string,
  afterMs: number,
  lagBytes: number,
): { readonly streaming: Fact | undefined; readonly inStep: Fact | undefined } {
  const streaming = history
    .facts('streaming', machine)
    .find(fact => fact.toMs >= afterMs && fact.value !== '');
  if (!streaming) return { streaming, inStep: undefined };
  const inStep = history
    .facts('lag', machine)
    .find(fact => fact.toMs >= streaming.fromMs && fact.value !== '' && Number(fact.value) <= lagBytes);
  return { streaming, inStep };
}
