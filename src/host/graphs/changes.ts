// Cutting and scaling parts of the shown circuit: what the graph says would happen, and what happens when the model runs.

import type * as vscode from 'vscode';
import { only } from '../../core/change/change';
import {
  type ChangeOutcome,
  type CircuitTrial,
  changesOf,
  type KeptShare,
  type PanelChange,
  partNameOf,
  partOfNode,
} from '../../core/circuitPanel';
import { type Kept, usualDraws } from '../../core/circuitTest';
import { correlation } from '../../core/correlation';
import { WhenceError } from '../../core/errors';
import type { AttributionGraph } from '../../core/graph';
import { predictedChange } from '../../core/graphEffect';
import type { EngineProcess } from '../engine/process';
import type { Question } from '../explainer';

/** Tokens that the model goes on with, to show what a change does to the text. */
const continuation = 12;
/** Fewer pairs say nothing about agreement. */
const leastPairs = 3;
const seed = 1;

interface Live {
  /** The circuit's. */
  readonly id: string;
  readonly question: Question;
  readonly graph: AttributionGraph;
}

export class CircuitChanges {
  /** Of each circuit, with attention held and free, by the cut: what the graph said and what was measured. */
  readonly #cuts = new Map<string, Map<string, readonly [number, number]>>();

  constructor(private readonly engine: EngineProcess) {}

  /** @throws WhenceError of the engine, `cancelled` */
  async change(
    { id, question, graph }: Live,
    changes: readonly PanelChange[],
    freezeAttention: boolean,
    token: vscode.CancellationToken,
  ): Promise<ChangeOutcome> {
    const all = changes.flatMap((change) => changesOf(change, graph));
    const params = { ...asked(question), changes: all, freezeAttention, continuation };
    const { before, after } = await this.engine.request('intervene', params, { token });
    const predicted = changes.length === 0 ? 0 : predictionOf(graph, changes);
    const measured = after.metric - before.metric;
    const [only] = changes;
    const place = `${id} ${freezeAttention}`;
    const cuts = this.#cuts.get(place) ?? new Map<string, readonly [number, number]>();
    this.#cuts.set(place, cuts);
    if (changes.length === 1 && only!.nodes.length === 1 && isCut(only!) && predicted !== null) {
      cuts.set(only!.nodes[0]!, [predicted, measured]);
    }
    const pairs = [...cuts.values()];
    return {
      changes,
      freezeAttention,
      before,
      after,
      predicted,
      measured,
      agreement:
        pairs.length < leastPairs
          ? null
          : {
              correlation: correlation(
                pairs.map(([said]) => said),
                pairs.map(([, found]) => found),
              ),
              count: pairs.length,
            },
    };
  }

  /** Keeps these nodes alone, and everything but these. */
  async test(
    { question, graph }: Live,
    nodes: readonly string[],
    token: vscode.CancellationToken,
  ): Promise<CircuitTrial> {
    const wanted = new Set(nodes);
    const kept = graph.nodes.flatMap((node) => {
      const part = wanted.has(node.id) ? partOfNode(node) : null;
      return part?.kind === 'head' || part?.kind === 'neuron'
        ? [{ part, positions: only(node.position!) }]
        : [];
    });
    if (kept.length === 0) {
      throw new WhenceError('bad-input', 'There is no neuron and no head in what is shown: show more of it.');
    }
    const params = {
      nodes: kept,
      questions: [asked(question)],
      ablation: 'mean',
      draws: usualDraws,
      seed,
      minimality: false,
    } as const;
    const { parts, all, circuit, random } = await this.engine.request('circuit/test', params, { token });
    if (random.length === 0) {
      throw new WhenceError(
        'bad-input',
        'There is no other circuit of as many neurons and heads to compare this one with: show less of it.',
      );
    }
    const shares = random.map(shareOf);
    const mean = (of: (share: KeptShare) => number) =>
      shares.reduce((sum, share) => sum + of(share), 0) / shares.length;
    return {
      parts,
      all,
      circuit: shareOf(circuit),
      random: {
        faithfulness: mean(({ faithfulness }) => faithfulness),
        completeness: mean(({ completeness }) => completeness),
        probability: mean(({ probability }) => probability),
      },
    };
  }
}

function asked({ record, index, contrast }: Question) {
  return { ids: record.tokens.map(({ id }) => id), position: index, target: null, contrast };
}

function shareOf({ faithfulness, rest, probability }: Kept): KeptShare {
  if (faithfulness === null || rest === null) {
    const message =
      'The answer is as good without any neuron or head as with all of them, so no circuit can be tested on it.';
    throw new WhenceError('bad-input', message);
  }
  return { faithfulness, completeness: 1 - rest, probability };
}

function isCut({ how, everywhere }: PanelChange): boolean {
  return !everywhere && (how.kind === 'zero' || (how.kind === 'scale' && how.factor === 0));
}

/** What the graph says; null where a part is replaced by something of which the graph does not know how large it is. */
function predictionOf(graph: AttributionGraph, changes: readonly PanelChange[]): number | null {
  const factors = new Map<number, number>();
  for (const { nodes, how, everywhere } of changes) {
    if (how.kind === 'mean' || how.kind === 'resample') return null;
    const factor = how.kind === 'scale' ? how.factor : 0;
    const ids = new Set(nodes);
    const parts = new Set(
      graph.nodes.filter(({ id }) => ids.has(id)).flatMap((node) => partNameOf(node) ?? []),
    );
    graph.nodes.forEach((node, index) => {
      const part = partNameOf(node);
      const meant = everywhere ? part !== null && parts.has(part) : ids.has(node.id) && part !== null;
      if (meant) factors.set(index, (factors.get(index) ?? 1) * factor);
    });
  }
  return predictedChange(graph, factors);
}
