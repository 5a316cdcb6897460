import type { Check } from '../../core/explanation';
import type { ScoreEdge } from '../../core/graph';
import { itemCheck, sumLimit } from '../explain/checks';
import { blockHooks, hookOf } from '../explain/trace';
import { constantsName } from '../model';
import type { Part } from './basis';
import { Inputs } from './inputs';
import type { Operating } from './operating';
import { dot } from './products';
import type { Read } from './reads';
import { Strongest } from './strongest';
import { walk } from './walk';

/** Heads whose looking is explained: those with the most influence. */
export const mostHeads = 12;
/** Edges of each side of a score: the strongest. */
export const mostEdges = 8;

/** One score of a head: how much its query asks for its key, before the softmax. */
export interface Score {
  readonly head: Part;
  /** Token index that is looked at. */
  readonly key: number;
  readonly value: number;
  /** The scores of all keys, [position + 1]. */
  readonly all: Float32Array;
  /** What goes into the query, with the key held, and into the key, with the query held. Each adds up to the score. */
  readonly query: ScoreInputs;
  readonly keyed: ScoreInputs;
}

/** One side of a score. */
export interface ScoreInputs {
  readonly inputs: Inputs;
  /** Where it reads the stream, and along which direction, [D]. */
  readonly position: number;
  readonly direction: Float32Array;
  /** What the side's own biases give, and the distance where scores fall with it. */
  readonly constant: number;
}

const scoresHook = (layer: number) => `blocks.${layer}.attn.hook_attn_scores`;

/**
 * Where the score reads a query or a key: behind the norms and the rotation, so that what a norm adds is met on the way
 * down a side of its own.
 */
function readHook({ model }: Operating, layer: number, side: 'q' | 'k'): string {
  const turned = `blocks.${layer}.attn.hook_rot_${side}`;
  return model.hookNames.includes(turned) ? turned : `blocks.${layer}.attn.hook_${side}`;
}

/**
 * Why heads look where they look (Kamath et al. 2025): the score of the key that brings a head the most, expanded by what
 * wrote into the query's and into the key's stream, norms and, where there is one, the cap held. Biases of queries and
 * keys, and of their norms, count as the bias', and so does what a score loses with the distance.
 *
 * @param gradients by layer, the metric's modified gradient at `hook_z`, [1, S, H, d]
 */
export async function scoresOf(
  at: Operating,
  heads: readonly Part[],
  gradients: readonly Float32Array[],
  signal?: AbortSignal,
): Promise<readonly Score[]> {
  const pairs = heads.map((head) => {
    const gains = patternGradient(at, head, gradients);
    const pattern = patternOf(at, head);
    const brought = gains.map((gain, key) => Math.abs(gain * pattern[key]!));
    return { head, key: brought.indexOf(Math.max(...brought)) };
  });
  return expandScores(at, pairs, signal);
}

/** Expands the scores of some heads for some keys. */
export async function expandScores(
  at: Operating,
  pairs: readonly { readonly head: Part; readonly key: number }[],
  signal?: AbortSignal,
): Promise<readonly Score[]> {
  const found: Score[] = [];
  const reads: Read[] = [];
  const constants: number[] = [];
  if (pairs.length === 0) return found;
  const layers = [...new Set(pairs.map(({ head }) => head.layer))];
  const { hooks } = await at.model.forward({
    ids: [at.trace.ids],
    hooks: layers.map(scoresHook),
    logits: 'none',
    signal,
  });
  for (const { head, key } of pairs) {
    const { layer, position, index } = head;
    const { length } = at.basis;
    const row = (index * length + position) * length;
    const scores = hookOf(hooks, scoresHook(layer));
    const cotangent = new Float32Array(scores.data.length);
    cotangent[row + key] = 1;
    const residual = at.trace.residuals[layer]!;
    const [queries, keys] = [readHook(at, layer, 'q'), readHook(at, layer, 'k')];
    const from = { residual, from: scoresHook(layer), cotangents: { dims: scores.dims, data: cotangent } };
    const to = (hook: string) =>
      at.model.pull({ ...from, linearisation: 'secant', hooks: [hook], values: at.trace.hooks, signal });
    const [asking, asked] = [await to(queries), await to(keys)];
    // Behind the keys' hook, the later one, lies only what belongs to neither side: what scores lose with the distance.
    const distance = asked.get(constantsName)!.data[0]!;
    for (const [sides, hook, where] of [
      [asking, queries, position],
      [asked, keys, key],
    ] as const) {
      const pulled = await at.model.pull({
        residual,
        from: hook,
        cotangents: hookOf(sides, hook),
        linearisation: 'secant',
        hooks: [blockHooks.input(layer)],
        values: at.trace.hooks,
        signal,
      });
      const size = at.model.info.hiddenSize;
      const direction = hookOf(pulled, blockHooks.input(layer)).data.subarray(
        where * size,
        (where + 1) * size,
      );
      reads.push({
        part: reads.length,
        places: [{ position: where, factor: 1 }],
        direction,
        below: layer,
        withHeads: false,
        least: 0,
      });
      constants.push(distance + pulled.get(constantsName)!.data[0]!);
    }
    const side = (part: number, where: number): ScoreInputs => ({
      inputs: new Inputs(at.basis),
      position: where,
      direction: reads[part]!.direction,
      constant: constants[part]!,
    });
    const [query, keyed] = [side(reads.length - 2, position), side(reads.length - 1, key)];
    const all = scores.data.subarray(row, row + position + 1);
    found.push({ head, key, value: all[key]!, all, query, keyed });
  }
  const inputs = found.flatMap(({ query, keyed }) => [query.inputs, keyed.inputs]);
  await walk(at, { reads, constants: Float64Array.from(constants) }, inputs, signal);
  return found;
}

/** What goes into either side of a score must add up to it. */
export function scoresCheck(scores: readonly Score[]): Check {
  const misses = scores.flatMap(({ value, query, keyed }) =>
    [query, keyed].map(({ inputs }) => Math.abs(inputs.total() - value) / Math.max(1, Math.abs(value))),
  );
  return itemCheck("each score's inputs sum to it, on either side", Math.max(0, ...misses), sumLimit);
}

/**
 * The score edges of a graph, from its nodes. The effect of what goes into a key is estimated: the softmax is computed
 * again without it. That of a query's is not, since it changes every score of a row.
 *
 * @param numbers by its number in the basis, the place of a node in the graph
 */
export function scoreEdgesOf(
  at: Operating,
  scores: readonly Score[],
  numbers: ReadonlyMap<number, number>,
  gradients: readonly Float32Array[],
): readonly ScoreEdge[] {
  return scores.flatMap(({ head, key, query, keyed }) => {
    const own = numbers.get(at.basis.head(head.layer, head.position, head.index))!;
    const edges = ({ sources, weights }: Inputs, side: ScoreEdge['side']) => {
      const strongest = new Strongest(mostEdges);
      for (let i = 0; i < sources.length; i++) {
        const size = Math.abs(weights[i]!);
        if (size > strongest.least && numbers.has(sources[i]!)) strongest.offer(i, size);
      }
      return strongest.best().map(({ id }): ScoreEdge => {
        const [source, score] = [numbers.get(sources[id]!)!, weights[id]!];
        const effect = side === 'key' ? effectOf(at, head, key, score, gradients) : null;
        return { source, head: own, side, key, score, effect };
      });
    };
    return [...edges(query.inputs, 'query'), ...edges(keyed.inputs, 'key')];
  });
}

/**
 * How much the metric would fall if the key's score were smaller by `score`: the softmax once more, values held, along the
 * metric's secant gradient. An estimate (`npm run bench -- predicted`): layers above would answer to the change.
 */
function effectOf(
  at: Operating,
  head: Part,
  key: number,
  score: number,
  gradients: readonly Float32Array[],
): number {
  const pattern = patternOf(at, head);
  const gains = patternGradient(at, head, gradients);
  const without = Float64Array.from(pattern, (weight, k) => (k === key ? weight * Math.exp(-score) : weight));
  const sum = without.reduce((total, weight) => total + weight, 0);
  return gains.reduce((total, gain, k) => total + gain * (pattern[k]! - without[k]! / sum), 0);
}

/** Where a head looks from its position, [position + 1]. */
export function patternOf({ basis, trace }: Operating, { layer, position, index }: Part): Float32Array {
  const from = (index * basis.length + position) * basis.length;
  return hookOf(trace.hooks, blockHooks.pattern(layer)).data.subarray(from, from + position + 1);
}

/** How the metric grows with the weight of each key: its value along the metric's gradient at what the head reads. */
function patternGradient(
  { basis, trace }: Operating,
  head: Part,
  gradients: readonly Float32Array[],
): number[] {
  const { layer, position, index } = head;
  const values = hookOf(trace.hooks, blockHooks.value(layer));
  const [, , groups, size] = values.dims as [number, number, number, number];
  const from = (position * basis.heads + index) * size;
  const gradient = gradients[layer]!.subarray(from, from + size);
  const group = Math.floor((index * groups) / basis.heads);
  return Array.from({ length: position + 1 }, (_, key) =>
    dot(values.data, (key * groups + group) * size, gradient),
  );
}
