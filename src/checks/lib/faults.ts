import type { Bracket, Fact, History, Step } from '../../model.ts';

/** One struck machine of one step, and what was seen of it. */
export interface Injection extends Bracket {
  readonly fault: string;
  readonly subject: string;
  readonly step: Step | undefined;
  readonly bitten: Fact | undefined;
  readonly healed: Fact | undefined;
  readonly whole: Fact | undefined;
}

/** The injections in the order of time. */
export function injections(history: History): readonly Injection[] {
  const facts = history.facts('fault');
  const steps = history.drill.scenario.timeline;
  const planned = new Set(steps.map(step => step.fault));
  const begun = facts.filter(fact => verb(fact) === 'injected').sort((a, b) => a.fromMs - b.fromMs);
  return begun.map(injected => {
    const fault = object(injected);
    // A machine may be struck twice: what was seen of an injection comes before the next one of the same fault there.
    const next = begun.find(f => later(f, injected) && f.subject === injected.subject && object(f) === fault);
    const seen = (what: string) =>
      facts.find(
        fact =>
          verb(fact) === what &&
          fact.subject === injected.subject &&
          fact.toMs >= injected.fromMs &&
          (!next || fact.toMs <= next.fromMs) &&
          // The words after the verb are the fault's name or free; another planned fault's name is not this one's.
          (object(fact) === fault || !planned.has(object(fact))),
      );
    const nth = begun.filter(
      f => object(f) === fault && f.subject === injected.subject && later(injected, f),
    ).length;
    return {
      fault,
      subject: injected.subject,
      fromMs: injected.fromMs,
      toMs: injected.toMs,
      step: steps.filter(step => step.fault === fault)[nth],
      bitten: seen('bitten'),
      healed: seen('healed'),
      whole: seen('whole'),
    };
  });
}

/** The first injection: all times of a finding count from it. */
export function firstInjection(history: History): Injection | undefined {
  return injections(history)[0];
}

export const NO_INJECTION = 'no fault was injected: the history holds no injection';

/** The end of the watching, and whether that is on record. */
export function watched(history: History): { readonly endMs: number; readonly doubts: readonly string[] } {
  const mark = history.facts('mark', 'drill').findLast(fact => fact.value === 'watched');
  if (mark) return { endMs: mark.toMs, doubts: [] };
  let endUs = 0;
  for (const stream of history.streams) {
    const { dueUs } = history.operations(stream);
    for (const due of dueUs) if (due > endUs) endUs = due;
  }
  return {
    endMs: endUs / 1_000,
    doubts: ['the end of the watching is not on record: the drill broke off or was stopped'],
  };
}

const verb = (fact: Fact) => fact.value.split(' ', 1)[0];
const object = (fact: Fact) => fact.value.split(' ')[1] ?? '';
const later = (a: Fact, b: Fact) => a !== b && a.fromMs > b.fromMs;
