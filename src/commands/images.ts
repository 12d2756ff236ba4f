import { blueprint, chainOf } from '../blueprint.ts';
import { list } from '../catalog.ts';
import { interruptible } from '../desk/interrupt.ts';
import type { App, Strategy } from '../model.ts';
import { choose, type Optional } from '../options.ts';
import { defaults } from '../plan.ts';

/** Builds every image that a drill may need, so that none is built while somebody waits for a drill. */
export async function images(): Promise<number> {
  const chains = allChains([...(await list('strategies')).values()], [...(await list('apps')).values()]);
  const { ensureImages } = await import('../stack/images.ts');
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  using stop = interruptible(note);
  const built = await ensureImages(chains, note, stop.signal);
  for (const [chain, image] of built) process.stdout.write(`${chain}  ${image}\n`);
  return 0;
}

/** The chains of layers of every machine of every strategy, variant and app, with etcd on machines of its own and beside. */
export function allChains(
  strategies: readonly Strategy[],
  apps: readonly App[],
): readonly (readonly string[])[] {
  const chains = new Map<string, readonly string[]>();
  for (const strategy of strategies.flatMap(forms))
    for (const app of apps.flatMap(forms))
      for (const etcdBeside of [false, true]) {
        const scenario = { ...defaults, cluster: { ...defaults.cluster, etcdBeside } };
        // Any address will do: an image does not depend on it.
        for (const machine of blueprint(scenario, '198.18.0', strategy, app).machines) {
          const chain = chainOf(machine);
          chains.set(chain.join('+'), chain);
        }
      }
  return [...chains.values()];
}

const forms = <E extends Strategy | App>(entry: E) =>
  [undefined, ...Object.keys(entry.variants ?? {})].map(variant => ({
    entry,
    options: choose('an image', entry as Optional, variant, {}).options,
  }));
