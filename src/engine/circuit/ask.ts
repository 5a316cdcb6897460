import { WhenceError } from '../../core/errors';
import { mostNodes, type TracedCircuit, type TraceParams } from '../../core/traced';
import { resolve } from '../explain/question';
import type { Model } from '../model';
import { documentOf } from './document';
import { operatingHooks } from './operating';
import { likelyTargets, singleTarget } from './targets';
import { type Circuit, traceCircuit } from './trace';

/** Milliseconds between two graphs that are still growing. */
const leastPause = 250;
/** Making such a graph may take this share of the time at most. */
const mostShare = 0.2;

export interface TraceOptions {
  readonly signal?: AbortSignal;
  /** How many nodes' inputs are known. */
  readonly onProgress?: (nodes: number) => void;
  /** The circuit as it grows, every now and then: whoever stops has the last one. Without score edges. */
  readonly onGrown?: (circuit: TracedCircuit) => void;
}

/**
 * Traces the circuit that a question is about.
 *
 * @throws WhenceError `bad-argument` for a question that cannot be asked, `bad-input` for a text that is too long,
 *   `cancelled`
 */
export async function trace(
  model: Model,
  params: TraceParams,
  { signal, onProgress, onGrown }: TraceOptions = {},
): Promise<TracedCircuit> {
  const { mass, nodes, heads } = params;
  check(params);
  const asked = { ...params, verify: false };
  const { trace, target, contrast } = await resolve(model, asked, signal, operatingHooks(model));
  const targets = mass === null ? [singleTarget(trace, target, contrast)] : likelyTargets(trace, mass);
  const textOf = (id: number) => model.tokenizer.textOf(id);
  const traced = ({ graph, neurons, ...rest }: Circuit): TracedCircuit => ({
    document: documentOf(model, { trace, targets }, { graph, neurons }),
    ...rest,
  });
  let next = performance.now() + leastPause;
  const circuit = await traceCircuit(model, {
    trace,
    targets,
    textOf,
    nodes,
    heads,
    signal,
    onGrown: (parts, grown) => {
      onProgress?.(parts);
      const start = performance.now();
      if (!onGrown || start < next) return;
      onGrown(traced(grown()));
      const end = performance.now();
      next = end + Math.max(leastPause, (end - start) / mostShare);
    },
  });
  return traced(circuit);
}

function check({ mass, target, contrast, nodes }: TraceParams): void {
  if (mass !== null && (target !== null || contrast !== null)) {
    throw new WhenceError(
      'bad-argument',
      'Several likely tokens can be traced, or one with or without a contrast: give the share of the probability alone.',
    );
  }
  if (mass !== null && !(mass > 0 && mass <= 1)) {
    throw new WhenceError('bad-argument', `A share of the probability is from 0 to 1, not ${mass}.`);
  }
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > mostNodes) {
    throw new WhenceError(
      'bad-argument',
      `A circuit has 1 to ${mostNodes} neurons and heads, not ${nodes}: ask for another number.`,
    );
  }
}
