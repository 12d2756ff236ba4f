import type { ContainerInfo } from 'dockerode';
import { engine, isGone } from './engine.ts';
import { label, ownerState } from './labels.ts';

/**
 * Removes what dead drills left: containers with their volumes, then networks. Only what carries our labels and whose
 * owner is dead; a drill that was kept on purpose stays unless `kept`.
 * @returns the names of what it removed
 */
export async function sweep({ kept }: { readonly kept: boolean }): Promise<readonly string[]> {
  const [containers, networks] = await Promise.all([
    engine.listContainers({ all: true, filters: { label: [label.drill] } }),
    engine.listNetworks({ filters: { label: [label.drill] } }),
  ]);
  const runs = new Set(
    containers
      .filter(c => c.Labels[label.machine] === 'client' && c.State === 'running')
      .map(c => c.Labels[label.drill]),
  );
  const isLeft = (labels: Readonly<Record<string, string>>) => {
    if (labels[label.kept] && !kept) return false;
    const state = ownerState(labels[label.owner] ?? '');
    // An owner on another machine cannot be asked; its drill ends itself with it, so a running client vouches for it.
    return state === 'dead' || (state === 'elsewhere' && !runs.has(labels[label.drill]));
  };
  const dead = containers.filter(container => isLeft(container.Labels));
  await Promise.all(dead.map(removeContainer));
  const empty = networks.filter(network => isLeft(network.Labels ?? {}));
  await Promise.all(empty.map(network => removeNetwork(network.Id)));
  return [...dead.map(nameOf), ...empty.map(network => network.Name)];
}

/** Removes all of one drill, whoever owns it. */
export async function sweepDrill(drill: string): Promise<void> {
  const filters = { label: [`${label.drill}=${drill}`] };
  await Promise.all((await engine.listContainers({ all: true, filters })).map(removeContainer));
  await Promise.all((await engine.listNetworks({ filters })).map(network => removeNetwork(network.Id)));
}

async function removeContainer({ Id }: ContainerInfo): Promise<void> {
  await engine
    .getContainer(Id)
    .remove({ force: true, v: true })
    .catch(error => {
      if (!isGone(error)) throw error;
    });
}

export async function removeNetwork(id: string): Promise<void> {
  const network = engine.getNetwork(id);
  try {
    const { Containers = {} } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    // The client itself stands in it while it tears down.
    for (const container of Object.keys(Containers))
      await network.disconnect({ Container: container, Force: true });
    await network.remove();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const nameOf = ({ Names, Id }: ContainerInfo) => Names[0]?.slice(1) ?? Id.slice(0, 12);
