import type { Tensor } from '../tensor';
import type { Basis } from './basis';
import type { Frontier } from './frontier';
import type { Collects, Found, Inputs, Written } from './inputs';
import type { Operating } from './operating';
import { readsOf } from './reads';
import type { walk } from './walk';

/** Parts whose inputs were asked for together, along the gradients that their heads read. */
export interface Expansion {
  readonly ids: readonly number[];
  readonly gradients: readonly Float32Array[];
}

/**
 * Gives every node its edges from the other nodes back that went into errors because it had too many inputs. Which parts
 * become nodes is known in the end only, and what is weak beside a million inputs need not be beside those that are drawn;
 * so once more all that was read is walked along, asking what nodes write and nothing else.
 */
export async function recoverEdges(
  at: Operating,
  frontier: Frontier,
  expansions: readonly Expansion[],
  find: typeof walk,
  signal?: AbortSignal,
): Promise<void> {
  const nodes = [...frontier.parts.keys()].sort((a, b) => a - b);
  const known = new Uint8Array(at.basis.size);
  for (const { ids, gradients } of expansions) {
    const parts = ids.map((id) => at.basis.partOf(id));
    const reads = await readsOf(at, parts, gradients, signal);
    const inputs = ids.map((id) => frontier.parts.get(id)!.inputs);
    const between = inputs.map((each) => new FromNodes(at.basis, nodes, each.skipped));
    await find(at, reads, between, signal);
    inputs.forEach((each, row) => {
      const { sources } = each;
      for (const source of sources) known[source] = 1;
      const lost = between[row]!.found.filter(({ source }) => known[source] === 0);
      for (const source of sources) known[source] = 0;
      each.recover(lost);
    });
  }
}

/** Collects what nodes give to one of them, and which sum of its inputs that is in. */
class FromNodes implements Collects {
  readonly found: Found[] = [];

  /**
   * @param nodes numbers in the basis, ascending
   * @param skipped by position, the place where all was summed up that the node reads there
   */
  constructor(
    private readonly basis: Basis,
    private readonly nodes: readonly number[],
    private readonly skipped: Inputs['skipped'],
  ) {}

  /** Of a token or a learned position; the biases are never summed up. */
  add(source: number, weight: number): void {
    const place = this.skipped.get(this.basis.positionOf(source));
    if (place !== undefined && weight !== 0) this.found.push({ source, weight, place });
  }

  addProducts(
    { first, count, width, values, from, place }: Written,
    { data }: Tensor,
    row: number,
    factor: number,
  ): void {
    const { nodes } = this;
    for (let next = firstFrom(nodes, first); nodes[next]! < first + count; next++) {
      const source = nodes[next]!;
      const [at, along] = [from + (source - first) * width, (row * count + source - first) * width];
      let weight = 0;
      for (let i = 0; i < width; i++) weight += values[at + i]! * data[along + i]!;
      weight *= factor;
      if (weight === 0) continue;
      this.found.push({ source, weight, place: this.skipped.get(this.basis.positionOf(source)) ?? place });
    }
  }
}

/** The index of the first that is not below a number; of ascending ones. */
function firstFrom(ascending: readonly number[], least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
