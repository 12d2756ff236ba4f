import { engine } from './engine.ts';
import { label } from './labels.ts';

export interface Network {
  readonly id: string;
  /** The first three numbers of its /24, such as `198.18.7`. */
  readonly prefix: string;
}

/**
 * A /24 of 198.18.0.0/15, which RFC 2544 keeps for benchmarks: no LAN, VPN or cloud has it.
 * Internal: nothing in it reaches beyond it. The engine refuses overlapping pools, so that two drills cannot take the same one.
 */
export async function createNetwork(name: string, labels: Record<string, string>): Promise<Network> {
  const first = Math.floor(Math.random() * 512);
  for (let i = 0; i < 512; i++) {
    const n = (first + i) % 512;
    const prefix = `198.${18 + (n >> 8)}.${n & 255}`;
    try {
      const network = await engine.createNetwork({
        Name: name,
        Driver: 'bridge',
        Internal: true,
        CheckDuplicate: true,
        Labels: labels,
        IPAM: { Config: [{ Subnet: `${prefix}.0/24`, Gateway: `${prefix}.1` }] },
      });
      return { id: network.id, prefix };
    } catch (error) {
      if (!/overlap/i.test(String(error))) throw error;
    }
  }
  throw new Error(
    'creating a network for the drill: expected a free /24 in 198.18.0.0/15, found all 512 taken; `npm run drill -- clean` removes what dead drills left',
  );
}

export function networkLabels(drill: string, owner: string, kept: boolean): Record<string, string> {
  return { [label.drill]: drill, [label.owner]: owner, ...(kept ? { [label.kept]: 'true' } : {}) };
}
