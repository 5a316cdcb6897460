import { blockHooks } from '../explain/trace';
import type { Frontier } from './frontier';
import type { Operating } from './operating';
import { mostEdges, type Score, type ScoreInputs } from './scores';
import { Strongest } from './strongest';

/** Parts that become nodes because of what they give to a score, at most. */
const mostFound = 24;
/** The share of the nodes that is held back for them. */
const shareHeld = 0.1;

/** How many nodes of a cap are held back for parts that no value path leads to. */
export function heldBack(nodes: number): number {
  return Math.min(mostFound, Math.floor(nodes * shareHeld));
}

/** A part that brings a head to look where it looks, with what it gives. */
export interface Composed {
  readonly id: number;
  /** The size of what it gives as a share of all that is given to that side, times the head's influence. */
  readonly strength: number;
  /** The side that it gives the most to. */
  readonly side: ScoreInputs;
}

/**
 * Parts that are no nodes yet and give the most to scores of heads that are: K- and Q-composition, which has no value path
 * because patterns are held. An induction head is found by value; the head behind it, which noted what came before, only
 * here.
 *
 * @param most how many
 */
export function composedOf(
  { basis }: Operating,
  frontier: Frontier,
  scores: readonly Score[],
  most: number,
): readonly Composed[] {
  const found = new Map<number, Composed>();
  for (const { head, query, keyed } of scores) {
    const influence = frontier.influenceOf(basis.head(head.layer, head.position, head.index));
    for (const side of [query, keyed]) {
      const { sources, weights } = side.inputs;
      const magnitude = side.inputs.magnitude();
      if (magnitude === 0) continue;
      const strongest = new Strongest(mostEdges);
      for (let i = 0; i < sources.length; i++) strongest.offer(sources[i]!, Math.abs(weights[i]!));
      for (const { id, value } of strongest.best()) {
        if (!basis.isPart(id) || frontier.parts.has(id)) continue;
        const strength = (influence * value) / magnitude;
        if (strength > (found.get(id)?.strength ?? 0)) found.set(id, { id, strength, side });
      }
    }
  }
  return [...found.values()].sort((a, b) => b.strength - a.strength).slice(0, most);
}

/**
 * The gradients for parts that are nodes because of a score alone: such a head reads what it gives to the score, so that
 * its inputs add up to that. Neurons read the same for whatever reason.
 *
 * @param gradients by layer, the metric's at `hook_z`, [1, S, H, d]
 */
export async function scoreGradients(
  { basis, model, trace }: Operating,
  frontier: Frontier,
  composed: readonly Composed[],
  gradients: readonly Float32Array[],
  signal?: AbortSignal,
): Promise<readonly Float32Array[]> {
  const changed = gradients.slice();
  for (const { id, side } of composed) {
    const { kind, layer, position, index } = basis.partOf(id);
    if (kind !== 'head' || frontier.influenceOf(id) > 0) continue;
    const hook = blockHooks.z(layer);
    const pulled = await model.pull({
      residual: trace.residuals[layer]!,
      from: blockHooks.output(layer),
      cotangents: { dims: [1, 1, side.direction.length], data: side.direction },
      positions: [position],
      linearisation: 'direct',
      hooks: [hook],
      values: trace.hooks,
      signal,
    });
    const { data, dims } = pulled.get(hook)!;
    const size = dims[3]!;
    if (changed[layer] === gradients[layer]) changed[layer] = gradients[layer]!.slice();
    const own = data.subarray(index * size, (index + 1) * size);
    changed[layer]!.set(own, (position * basis.heads + index) * size);
  }
  return changed;
}
