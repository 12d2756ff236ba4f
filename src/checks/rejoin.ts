import type { Check, Fact, Finding, History } from '../model.ts';
import { type Injection, injections, NO_INJECTION, watched } from './lib/faults.ts';
import { inStepAfter, lagInStep } from './lib/replication.ts';
import { databases, finalLeader, stateAt } from './lib/roles.ts';
import { cannotTell, measured, toMicros } from './lib/words.ts';

export default {
  about:
    'How long a struck machine took, once healed, to be a streaming replica in step, or the primary again.',
  needs: ['fact:fault', 'fact:role'],
  measures: { rejoinMs: {} },
  measure(history): Finding {
    const struck = injections(history);
    if (!struck.length) return cannotTell(NO_INJECTION);
    const { doubts } = watched(history);
    const all = struck.map(injection => rejoined(history, injection));
    const back = all.filter(one => 'lower' in one);
    const missing = all.filter(one => 'doubt' in one).map(({ doubt }) => doubt);
    const slowest = back.sort((a, b) => b.upper - a.upper)[0];
    return {
      summary: [
        ...back.map(one => `${one.machine} was ${one.as} ${measured(one)} after it was healed`),
        ...missing,
      ].join('; '),
      measures:
        slowest && !missing.length ? { rejoinMs: { lower: slowest.lower, upper: slowest.upper } } : {},
      evidence: back.map(({ machine, as, seenMs }) => ({ machine, as, seenMs })),
      doubts: [...doubts, ...missing],
    };
  },
} satisfies Check;

type Rejoined =
  | { readonly doubt: string }
  | {
      readonly machine: string;
      readonly as: string;
      readonly lower: number;
      readonly upper: number;
      readonly seenMs: number;
    };

function rejoined(history: History, injection: Injection): Rejoined {
  const { subject: machine, healed, whole } = injection;
  if (!healed) return { doubt: `${machine} was not seen healed of ${injection.fault}` };
  const since = (as: string, seen: Pick<Fact, 'fromMs' | 'toMs'>) => ({
    machine,
    as,
    lower: toMicros(Math.max(0, seen.fromMs - healed.toMs)),
    upper: toMicros(Math.max(0, seen.toMs - healed.fromMs)),
    seenMs: seen.toMs,
  });
  if (!databases(history).includes(machine)) {
    return whole
      ? since('whole', whole)
      : { doubt: `${machine} was not seen whole again while it was watched` };
  }
  if (finalLeader(history).name === machine)
    return since('the primary', asPrimary(history, injection, healed));
  if (neverLapsed(history, injection)) return since('a replica in step', healed);
  const { streaming, inStep } = inStepAfter(
    history,
    machine,
    injection.toMs,
    lagInStep(history, injection.fromMs),
  );
  if (!streaming) {
    const once = history
      .facts('streaming', machine)
      .find(fact => fact.toMs >= injection.toMs && fact.value !== '');
    return {
      doubt: once
        ? `${machine} streamed from ${once.value} but had stopped again when the watching ended`
        : `${machine} was not seen streaming again while it was watched`,
    };
  }
  if (!inStep) {
    return {
      doubt: `${machine} streamed from ${streaming.value} but was not seen in step while it was watched`,
    };
  }
  return since('a replica in step', inStep);
}

/** A replica that went on streaming all along: the fault left its role alone. */
function neverLapsed(history: History, { subject, fromMs }: Injection): boolean {
  return (
    Boolean(stateAt(history, 'streaming', subject, fromMs)) &&
    !history.facts('streaming', subject).some(fact => fact.toMs > fromMs) &&
    !history.facts('role', subject).some(fact => fact.toMs > fromMs)
  );
}

/** When the machine that led at the end was primary again; a fault that left its role alone was over when it was healed. */
function asPrimary(history: History, injection: Injection, healed: Fact): Pick<Fact, 'fromMs' | 'toMs'> {
  const since = history.facts('role', injection.subject).filter(fact => fact.toMs > injection.fromMs);
  const lapse = since.findLastIndex(fact => fact.value !== 'primary');
  const again = since[lapse + 1];
  if (again && lapse >= 0) return again;
  return stateAt(history, 'role', injection.subject, healed.toMs) === 'primary' ? healed : (again ?? healed);
}
