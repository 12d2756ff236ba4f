import type { Bracket } from '../../model.ts';

/** A phase on the drill's clock. */
export interface Seen extends Bracket {
  readonly name: string;
  /** Where it stands on the time line; the end of the bracket unless it is known better. */
  readonly atMs?: number;
  readonly waitedFor: string;
  readonly governedBy: string;
}
