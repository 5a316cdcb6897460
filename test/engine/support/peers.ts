import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSettings, type Method, type MethodSettings } from '../../../src/core/explanation';
import { scoreEdges } from '../../../src/engine/edges/edges';
import { attributeDirectly } from '../../../src/engine/explain/direct';
import type { Asked } from '../../../src/engine/explain/methods/method';
import { attributionMethods } from '../../../src/engine/explain/methods/methods';
import { tokenMetric } from '../../../src/engine/explain/metric';
import { blockHooks, hookOf, traceOf } from '../../../src/engine/explain/trace';
import type { Model } from '../../../src/engine/model';

/** Scores by token, or by the name of a part or an edge. */
type Scores = readonly number[] | Readonly<Record<string, number>>;

export interface PeerGolden {
  /** A folder of this repository. */
  readonly checkpoint: string;
  readonly sha256: string;
  readonly ids: readonly number[];
  readonly counterfactual: readonly number[];
  readonly target: number;
  readonly captum: Readonly<Record<string, Scores>>;
  readonly TransformerLens: Readonly<Record<string, Scores>>;
  /** Only of models with a tokenizer. */
  readonly inseq?: Readonly<Record<string, Scores>>;
  /** The token that inseq's integrated gradients start from. */
  readonly baseline?: number;
}

interface PeerGoldens {
  readonly versions: Readonly<Record<string, string>>;
  /** Of integrated gradients, and of EAP-IG. */
  readonly steps: number;
  readonly edgeSteps: number;
  readonly checkpoints: readonly PeerGolden[];
}

/** The script that asked the peers. */
export const peersScript = 'test/fixtures/peers/make.py';

export const peers = JSON.parse(
  readFileSync(join('test', 'fixtures', 'peers', 'golden.json'), 'utf8'),
) as PeerGoldens;

/** What to do where the weights are others than those that the peers saw; null where they are the same. */
export function stale({ checkpoint, sha256 }: PeerGolden): string | null {
  const now = createHash('sha256')
    .update(readFileSync(join(checkpoint, 'model.safetensors')))
    .digest('hex');
  return now === sha256
    ? null
    : `the golden values are of other weights of ${checkpoint}: run ${peersScript} again`;
}

/** A method that a peer has as well, and our answer to the peer's question. */
export interface Comparison {
  readonly peer: 'captum' | 'inseq' | 'TransformerLens';
  readonly method: string;
  ours(model: Model, golden: PeerGolden): Promise<Scores>;
}

export const comparisons: readonly Comparison[] = [
  {
    peer: 'captum',
    method: 'input × gradient',
    ours: (model, golden) => sources(model, golden, 'gradient-input'),
  },
  {
    peer: 'captum',
    method: 'integrated gradients',
    ours: (model, golden) =>
      sources(model, golden, 'integrated-gradients', { steps: peers.steps, baseline: 'mean' }),
  },
  {
    peer: 'inseq',
    method: 'input × gradient',
    ours: (model, golden) => sources(model, golden, 'gradient-input'),
  },
  {
    peer: 'inseq',
    method: 'integrated gradients',
    ours: (model, golden) =>
      sources(model, golden, 'integrated-gradients', { steps: peers.steps, baseline: golden.baseline! }),
  },
  {
    peer: 'TransformerLens',
    method: 'direct',
    ours: async (model, golden) => {
      const { direct } = await askedOf(model, golden);
      return Object.fromEntries(direct.components.map((part) => [part.name, part.direct]));
    },
  },
  {
    peer: 'TransformerLens',
    method: 'EAP-IG',
    ours: (model, golden) => edgesOf(model, golden),
  },
];

async function askedOf(model: Model, { ids, target }: PeerGolden): Promise<Asked> {
  const trace = await traceOf(model, ids);
  const metric = tokenMetric({ target, contrast: null });
  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
  return {
    model,
    trace,
    metric,
    total: metric.valueOf(trace.logits),
    direct,
    settings: defaultSettings,
  };
}

async function sources(
  model: Model,
  golden: PeerGolden,
  method: Method,
  settings: Partial<MethodSettings> = {},
): Promise<Scores> {
  const asked = await askedOf(model, golden);
  const found = await attributionMethods[method]({ ...asked, settings: { ...defaultSettings, ...settings } });
  return found.sources.map(({ score }) => score);
}

/** Every edge; as in TransformerLens, heads that share keys and values are one reader of them. */
async function edgesOf(model: Model, { ids, counterfactual, target }: PeerGolden): Promise<Scores> {
  const trace = await traceOf(model, ids);
  const perKey = model.info.heads / hookOf(trace.hooks, blockHooks.value(0)).dims[2]!;
  const { edges } = await scoreEdges({
    model,
    trace,
    metric: tokenMetric({ target, contrast: null }),
    counterfactual: await traceOf(model, counterfactual),
    method: 'eap-ig',
    steps: peers.edgeSteps,
  });
  const sums: Record<string, number> = {};
  for (const { source, target: reader, score } of edges) {
    const shared = (head: string) => String(Math.floor(Number(head) / perKey));
    const name = `${source}>${reader.replace(/(?<=H)\d+(?=\.[kv])/, shared)}`;
    sums[name] = (sums[name] ?? 0) + score;
  }
  return sums;
}

/** How far scores are from those expected, all of which must be there: the cosine, and the largest error relative to the largest score. */
export function compared(
  found: Scores,
  expected: Scores,
): { readonly cosine: number; readonly error: number } {
  const pairs = Object.entries(expected).map(([key, value]) => [
    value,
    (found as Record<string, number>)[key]!,
  ]);
  const sum = (of: (theirs: number, ours: number) => number) =>
    pairs.reduce((total, [theirs, ours]) => total + of(theirs!, ours!), 0);
  const cosine = sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b));
  const largest = Math.max(...pairs.map(([theirs]) => Math.abs(theirs!)));
  return { cosine, error: Math.max(...pairs.map(([a, b]) => Math.abs(a! - b!))) / largest };
}
