import { WhenceError } from '../../core/errors';
import type { Check } from '../../core/explanation';
import { type AttributionGraph, inputSums } from '../../core/graph';
import { itemCheck, sumLimit } from '../explain/checks';
import { blockHooks, hookOf, type Trace } from '../explain/trace';
import type { Model } from '../model';
import { assemble } from './assemble';
import type { Part } from './basis';
import { composedOf, heldBack, scoreGradients } from './composition';
import { walkThroughHeads } from './fold';
import { Frontier } from './frontier';
import { Inputs } from './inputs';
import { type Operating, operate } from './operating';
import { dot } from './products';
import { readsOf } from './reads';
import { type Expansion, recoverEdges } from './recover';
import { mostHeads, scoreEdgesOf, scoresCheck, scoresOf } from './scores';
import { collectedThinned, isThin, mostInputsThinned, skim } from './skim';
import { headGradients, type LogitTarget, logitReads } from './targets';
import { walk } from './walk';

/** Inputs that are held at a time, of 8 bytes each. */
const mostEntries = 24_000_000;
/** No row of inputs takes more than this many times its even part of what is free. */
const largestPart = 8;
/** Inputs that one batch of parts may have. */
const batchEntries = 16_000_000;
/** Parts in the first round; each later one doubles what is known, so that there are few rounds. */
const firstRound = 64;

export interface CircuitQuestion {
  /** The text, with what it left behind in the model. */
  readonly trace: Trace;
  readonly targets: readonly LogitTarget[];
  /** What a token prints. */
  readonly textOf: (id: number) => string;
  /** How many neurons and heads may become nodes. */
  readonly nodes: number;
  /** Heads as nodes of their own, or as what edges run through. */
  readonly heads?: 'nodes' | 'edges';
  readonly signal?: AbortSignal;
  /** Called as the graph grows, with how many of them it has and how to get it as far as it is, score edges left out. */
  readonly onGrown?: (parts: number, grown: () => Circuit) => void;
}

export interface Circuit {
  readonly graph: AttributionGraph;
  /** Neurons and heads whose inputs are known. */
  readonly parts: number;
  /** Every node's inputs add up to its value, and those of every score to the score. */
  readonly checks: readonly Check[];
  /**
   * Whether weak inputs went into the errors at once, because text and model are large: what they lead to is not seen. Edges
   * between nodes are all there.
   */
  readonly thinned: boolean;
  /** False when the cap left out something that gives anything. */
  readonly complete: boolean;
  /** Neurons of a layer; 0 for models without MLPs. */
  readonly neurons: number;
}

/**
 * Traces the paths to some logits, in the model made affine at this text: patterns and norm scales held, activations by
 * their secant, the two branches of a gate by half (docs/methods.md). Starts at the logits and asks again and again for
 * the inputs of the parts that the most influence has reached, until there are as many as wanted.
 *
 * @throws WhenceError `bad-argument` for no target or a cap that is no number; `cancelled`
 */
export async function traceCircuit(model: Model, question: CircuitQuestion): Promise<Circuit> {
  const { trace, targets, nodes, textOf, signal, onGrown } = question;
  if (targets.length === 0 || !(nodes >= 0)) {
    throw new WhenceError('bad-argument', 'A circuit needs a token to explain and a number of nodes.');
  }
  const at = await operate(model, trace, signal);
  const frontier = new Frontier(at.basis);
  const logits = targets.map(() => new Inputs(at.basis));
  const folded = question.heads === 'edges';
  const find = folded ? walkThroughHeads : walk;
  await find(at, await logitReads(at, targets, signal), logits, signal);
  targets.forEach(({ probability, value }, index) => {
    frontier.add({ id: null, weight: targets.length === 1 ? 1 : probability, value, inputs: logits[index]! });
  });
  const gradients = await headGradients(at, targets, signal);
  const tracing: Tracing = { at, frontier, gradients, nodes, find, signal };

  let thinned = isThin(at);
  const circuitOf = (graph: AttributionGraph, complete: boolean, checks: readonly Check[] = []): Circuit => ({
    graph,
    parts: frontier.parts.size,
    checks: [sumCheck(graph), ...checks],
    thinned,
    complete,
    neurons: at.basis.neurons,
  });
  const grown = () => circuitOf(assemble(at, frontier, targets, textOf).graph, false);
  onGrown?.(0, grown);
  const expansions: Expansion[] = [];
  const expandAll = async (ids: readonly number[], along = gradients) => {
    for (const batch of batchesOf(at, ids, folded)) {
      expansions.push({ ids: batch, gradients: along });
      thinned = (await expand({ ...tracing, gradients: along }, batch)) > 0 || thinned;
      onGrown?.(frontier.parts.size, grown);
    }
  };
  const growTo = async (most: number) => {
    for (;;) {
      const wanted = Math.min(most - frontier.parts.size, Math.max(firstRound, frontier.parts.size));
      const found = frontier.strongest(Math.max(0, wanted));
      if (found.length === 0) return;
      await expandAll(found);
    }
  };
  await growTo(nodes - (folded ? 0 : heldBack(nodes)));
  const heads = frontier.strongestHeads(mostHeads).map((id) => at.basis.partOf(id));
  const scores = await scoresOf(at, heads, gradients, signal);
  if (!folded) {
    const composed = composedOf(at, frontier, scores, nodes - frontier.parts.size);
    const own = await scoreGradients(at, frontier, composed, gradients, signal);
    await expandAll(
      composed.map(({ id }) => id),
      own,
    );
    await growTo(nodes);
  }
  if (thinned) await recoverEdges(at, frontier, expansions, find, signal);
  const complete = !thinned && frontier.strongest(1).length === 0;
  const { graph: values, numbers } = assemble(at, frontier, targets, textOf);
  const scoreEdges = scoreEdgesOf(at, scores, numbers, gradients);
  return circuitOf({ ...values, scoreEdges }, complete, [scoresCheck(scores)]);
}

interface Tracing {
  readonly at: Operating;
  readonly frontier: Frontier;
  readonly gradients: readonly Float32Array[];
  readonly nodes: number;
  /** How inputs are found: past heads, or through them. */
  readonly find: typeof walk;
  readonly signal: AbortSignal | undefined;
}

/** Finds the inputs of some parts; how many of them had no room one by one. */
async function expand(
  { at, frontier, gradients, nodes, find, signal }: Tracing,
  batch: readonly number[],
): Promise<number> {
  const parts = batch.map((id) => at.basis.partOf(id));
  const thin = isThin(at);
  const most = thin ? mostInputsThinned : Number.POSITIVE_INFINITY;
  const collected = thin ? collectedThinned : Number.POSITIVE_INFINITY;
  const inputs = batch.map(() => new Inputs(at.basis, most, collected));
  const { reads, constants } = await readsOf(at, parts, gradients, signal);
  const left = thin ? skim(at, reads, inputs) : reads;
  await find(at, { reads: left, constants }, inputs, signal);
  let overflow = 0;
  batch.forEach((id, row) => {
    const expected = Math.min(nodes, at.basis.size) - frontier.parts.size;
    const free = (mostEntries - frontier.entries) * Math.min(1, largestPart / expected);
    overflow += inputs[row]!.finish(Math.min(Math.floor(free), most));
    frontier.add({ id, weight: 0, value: sumOf(at, parts[row]!, gradients), inputs: inputs[row]! });
  });
  return overflow;
}

/** What a part's inputs must add up to. */
function sumOf(
  { basis, neuronValues, trace }: Operating,
  part: Part,
  gradients: readonly Float32Array[],
): number {
  const { kind, layer, position, index } = part;
  if (kind === 'neuron') return neuronValues[layer]!.data[position * basis.neurons + index]!;
  const gradient = gradients[layer]!;
  const size = gradient.length / (basis.length * basis.heads);
  const from = (position * basis.heads + index) * size;
  return dot(hookOf(trace.hooks, blockHooks.z(layer)).data, from, gradient.subarray(from, from + size));
}

/** Parts in batches whose inputs fit into memory beside what is held: a head reads from every position before it. */
function batchesOf(at: Operating, ids: readonly number[], folded: boolean): readonly (readonly number[])[] {
  const { basis } = at;
  const batches: number[][] = [];
  let entries = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const { kind, layer, position } = basis.partOf(id);
    const each = (layer + 1) * (basis.heads + basis.neurons);
    const alone = kind === 'neuron' && !folded;
    const whole = each * (alone ? 1 : position + 1);
    const own = isThin(at) ? Math.min(whole, collectedThinned) : whole;
    if (entries + own > batchEntries) {
      batches.push([]);
      entries = 0;
    }
    batches.at(-1)!.push(id);
    entries += own;
  }
  return batches;
}

/** What a node's inputs add up to must be its value. */
function sumCheck(graph: AttributionGraph): Check {
  const sums = inputSums(graph);
  const worst = graph.nodes.reduce((most, { value }, index) => {
    if (value === null) return most;
    return Math.max(most, Math.abs(sums[index]! - value) / Math.max(1, Math.abs(value)));
  }, 0);
  return itemCheck("each node's inputs sum to its value", worst, sumLimit);
}
