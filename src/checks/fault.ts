import type { Check, Finding, History } from '../model.ts';
import { type Injection, injections, NO_INJECTION } from './lib/faults.ts';
import { cannotTell, duration, toMicros } from './lib/words.ts';

/** A fault that did not bite proves nothing, and neither does one that was not healed. */
export default {
  about: 'Whether every planned fault was injected, was proven to bite, and was healed.',
  needs: ['fact:fault'],
  measures: { bittenMs: {}, healMs: {} },
  measure(history): Finding {
    const seen = injections(history);
    const doubts = [
      ...stopped(history),
      ...missingSteps(history, seen),
      ...seen.flatMap(i => gaps(history, i)),
    ];
    if (!seen.length) return cannotTell(NO_INJECTION, ...doubts);
    const bitten = seen.flatMap(({ fromMs, toMs, bitten }) =>
      bitten
        ? [{ lower: toMicros(Math.max(0, bitten.fromMs - toMs)), upper: toMicros(bitten.toMs - fromMs) }]
        : [],
    );
    // From the beginning of the cure to the proof that the machine is whole.
    const healing = seen.flatMap(({ healed, whole }) =>
      healed && whole ? [toMicros(whole.toMs - healed.fromMs)] : [],
    );
    const slowest = bitten.sort((a, b) => b.upper - a.upper)[0];
    return {
      summary: seen.map(sentence).join('; '),
      measures: {
        ...(slowest && { bittenMs: slowest }),
        ...(healing.length && { healMs: Math.max(...healing) }),
      },
      evidence: seen.flatMap(({ subject, fault }) =>
        history
          .facts('evidence', subject)
          .map(({ value, toMs }) => ({ machine: subject, fault, atMs: toMs, evidence: value })),
      ),
      doubts,
    };
  },
} satisfies Check;

function sentence({ fault, subject, fromMs, bitten, healed }: Injection): string {
  const bit = bitten ? `bit after ${duration(bitten.toMs - fromMs)}` : 'was not proven to bite';
  const cure = healed ? `was healed after ${duration(healed.toMs - fromMs)}` : 'was not healed';
  return `${fault} on ${subject} ${bit} and ${cure}`;
}

function stopped(history: History): string[] {
  const mark = history.facts('mark', 'drill').find(fact => fact.value.startsWith('stopped'));
  return mark ? [`the drill ended early, at ${duration(mark.toMs)} (${mark.value})`] : [];
}

function missingSteps(history: History, seen: readonly Injection[]): string[] {
  return history.drill.scenario.timeline
    .filter(step => !seen.some(injection => injection.step === step))
    .map(step => `${step.fault}, planned ${step.atS} s after steady state, was not injected`);
}

function gaps(history: History, { fault, subject, bitten, healed, whole }: Injection): string[] {
  const because = (step: string) => {
    const words = history
      .facts('evidence', subject)
      .findLast(({ value }) => value.startsWith(`${step}:`))?.value;
    return words ? ` (${words})` : '';
  };
  return [
    ...(bitten ? [] : [`${fault} on ${subject} was not proven to bite${because('bitten')}`]),
    ...(healed ? [] : [`${fault} on ${subject} was not healed${because('healed')}`]),
    ...(whole ? [] : [`after ${fault}, ${subject} was not proven whole again${because('whole')}`]),
  ];
}
