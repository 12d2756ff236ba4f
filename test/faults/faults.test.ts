import { describe, expect, test } from 'vitest';
import { list } from '../../src/catalog.ts';
import nodeKill from '../../src/faults/node-kill.ts';
import nodeVanish from '../../src/faults/node-vanish.ts';
import patroniDown from '../../src/faults/patroni-down.ts';
import patroniKill from '../../src/faults/patroni-kill.ts';
import patroniStop from '../../src/faults/patroni-stop.ts';
import postgresKill from '../../src/faults/postgres-kill.ts';
import type { Fault } from '../../src/model.ts';
import { type Condition, fakeHost, fakeStack } from '../fake-stack.ts';

const signal = new AbortController().signal;
const faults: Readonly<Record<string, Fault>> = {
  'node-kill': nodeKill,
  'node-vanish': nodeVanish,
  'patroni-down': patroniDown,
  'patroni-kill': patroniKill,
  'patroni-stop': patroniStop,
  'postgres-kill': postgresKill,
};
/** What is broken once the fault has bitten, and what the cluster's own daemons then do about it. */
const broken: Readonly<Record<string, { readonly is: Partial<Condition>; cures?(is: Condition): void }>> = {
  'node-kill': { is: { running: false } },
  'node-vanish': { is: { running: false } },
  'patroni-down': { is: { patroni: undefined, held: true, postmaster: 200 } },
  'patroni-kill': { is: { patroni: 300, held: false, postmaster: 200 } },
  'patroni-stop': { is: { patroni: undefined, held: true } },
  'postgres-kill': {
    is: { postmaster: undefined, patroni: 100 },
    cures: is => {
      is.postmaster = 201;
    },
  },
};

const struck = (fault: Fault) => {
  const host = fakeHost('pg1');
  const stack = fakeStack([host], () => {});
  return { host, inject: () => fault.inject(stack, [host], fault.options, signal) };
};
const isWhole = ({ running, onHold, silenced, patroni, held }: Condition) =>
  running && !onHold && !silenced && patroni !== undefined && !held;

test('every fault there is, is tried here', async () => {
  expect(Object.keys(faults).sort()).toEqual([...(await list('faults')).keys()].sort());
});

describe.each(Object.entries(faults))('%s', (name, fault) => {
  test('bites, says so, and is whole again after the cure', async () => {
    const { host, inject } = struck(fault);
    const injury = await inject();
    expect(host.is).toMatchObject(broken[name]!.is);
    expect(await injury.bitten(signal)).toMatch(/\S/);
    await injury[Symbol.asyncDispose]();
    broken[name]!.cures?.(host.is);
    expect(isWhole(host.is)).toBe(true);
    expect(await injury.healed(signal)).toMatch(/\S/);
  });

  test('heals a machine whose disk was read before', async () => {
    const { host, inject } = struck(fault);
    const injury = await inject();
    if (!host.is.running) await host.container.start({ held: true });
    await injury[Symbol.asyncDispose]();
    expect(isWhole(host.is)).toBe(true);
  });

  test('what has not happened is not proven', async () => {
    const { host, inject } = struck(fault);
    const before = structuredClone(host.is);
    const injury = await inject();
    Object.assign(host.is, before); // as if it had not been struck
    expect(await injury.bitten(signal)).toBeUndefined();
    // Dead, and nobody cures it.
    Object.assign(host.is, { running: false, patroni: undefined, postmaster: undefined });
    expect(await injury.healed(signal)).toBeUndefined();
  });

  test('a cure that is called twice does no harm', async () => {
    const { host, inject } = struck(fault);
    const injury = await inject();
    await injury[Symbol.asyncDispose]();
    await injury[Symbol.asyncDispose]();
    expect(isWhole(host.is)).toBe(true);
  });

  test('whichever step breaks, before or after its effect, nothing stays cut, held or dead', async () => {
    const rehearsal = struck(fault);
    await rehearsal.inject();
    const steps = rehearsal.host.calls;
    expect(steps.length).toBeGreaterThan(0);
    for (const call of steps)
      for (const late of [false, true]) {
        const { host, inject } = struck(fault);
        host.breaks = { call, late };
        if (call === 'cut hits') continue; // is asked again and again: see below
        await expect(inject(), `${call}, ${late}`).rejects.toThrow(`${call} broke`);
        expect({ call, late, whole: isWhole(host.is) }).toEqual({ call, late, whole: true });
      }
  });
});

test('patroni-stop and patroni-down prove nothing where no Patroni ran', async () => {
  for (const fault of [patroniStop, patroniDown]) {
    const { host, inject } = struck(fault);
    host.is.patroni = undefined;
    expect(await (await inject()).bitten(signal)).toBeUndefined();
  }
});

test('node-vanish does not kill a machine that goes on losing nothing, and lifts the silence', async () => {
  const { host } = struck(nodeVanish);
  const stack = fakeStack([host], () => {});
  host.breaks = { call: 'cut hits', late: false };
  const stopping = new AbortController();
  const injecting = nodeVanish.inject(stack, [host], {}, stopping.signal);
  await expect.poll(() => host.calls).toContain('cut hits');
  expect(host.is.silenced).toBe(true);
  stopping.abort(new Error('stopped'));
  await expect(injecting).rejects.toThrow('stopped');
  expect(host.calls).not.toContain('container kill');
  expect(isWhole(host.is)).toBe(true);
});
