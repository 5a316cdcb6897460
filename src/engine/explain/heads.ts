import { type HeadRole, type HeadScores, roleThresholds } from '../../core/model';
import type { Model } from '../model';
import { checkFinite } from '../run/check';
import type { Tensor } from '../tensor';
import { metricOf } from './metric';
import { draw, randomFrom } from './random';
import { blockHooks, hookOf, layersOf, type Trace } from './trace';

/** Sequences that are averaged, each of so many different random tokens written twice. */
const sequenceCount = 4;
const sequenceLength = 60;

type Score = { -readonly [Role in HeadRole]: number };

export interface HeadOptions {
  /** Called with the share of the work that is done, in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * What each head does on text without meaning: random tokens, repeated once (Olsson et al. 2022). Attention shows
 * previous-token, duplicate-token and induction heads; copying asks whether a head's output raises the token it reads
 * over the other tokens of the sequence (after Elhage et al. 2021, measured in place of their eigenvalues).
 * The tokens are seeded, so a model always gets the same scores.
 */
export async function measureHeads(model: Model, options: HeadOptions = {}): Promise<readonly HeadScores[]> {
  const { onProgress, signal } = options;
  const sums = new Map<string, Score>();
  for (let sequence = 0; sequence < sequenceCount; sequence++) {
    const { ids, start, length } = repeated(model, sequence);
    const trace = await traceHeads(model, ids, signal);
    const gradients = await tokenGradients(model, trace, ids.slice(start, start + length), signal);
    for (const layer of layersOf(model)) {
      const pattern = hookOf(trace.hooks, blockHooks.pattern(layer));
      const copying = copyingScores(trace, hookOf(gradients, blockHooks.z(layer)), layer, start, length);
      copying.forEach((copied, head) => {
        const looks = attentionScores(pattern, head, start, length);
        add(sums, `${layer}.${head}`, { ...looks, copying: copied });
      });
    }
    onProgress?.((sequence + 1) / sequenceCount);
  }
  for (const score of sums.values()) checkFinite(Float32Array.from(Object.values(score)));
  return [...sums].map(([key, score]) => {
    const [layer, head] = key.split('.').map(Number) as [number, number];
    return scoresOf(layer, head, score);
  });
}

/** Prefix, then `length` different random tokens, then the same again; shorter where context or vocabulary are small. */
function repeated(model: Model, sequence: number) {
  const { tokenizer, info } = model;
  const prefix = tokenizer.prefix(null);
  const words = Array.from({ length: info.vocabularySize }, (_, id) => id).filter(
    (id) => !tokenizer.isSpecial(id) && tokenizer.bytesOf(id).length > 0,
  );
  const room = Math.floor((info.contextLength - prefix.length) / 2);
  const length = Math.min(sequenceLength, room, words.length);
  const random = draw(words, length, randomFrom([sequence]));
  return { ids: [...prefix, ...random, ...random], start: prefix.length, length };
}

/** The values that the scores read; no logits and no MLPs. */
async function traceHeads(model: Model, ids: readonly number[], signal?: AbortSignal): Promise<Trace> {
  const layers = layersOf(model);
  const streams = [...layers.map(blockHooks.input), blockHooks.output(layers.length - 1)];
  const { hooks } = await model.forward({
    ids: [ids],
    hooks: [...streams, ...layers.flatMap((layer) => [blockHooks.pattern(layer), blockHooks.value(layer)])],
    logits: 'none',
    signal,
  });
  return {
    ids,
    query: ids.length - 1,
    queries: [],
    logits: new Float32Array(0),
    residuals: streams.map((name) => hookOf(hooks, name)),
    hooks,
  };
}

/**
 * How each head's output at the last position moves each token's logit against the mean: gradients at `hook_z`, for
 * that position alone, [targets, 1, H, d]. Direct paths do not leave it.
 */
function tokenGradients(model: Model, trace: Trace, tokens: readonly number[], signal?: AbortSignal) {
  const { vocabularySize, hiddenSize } = model.info;
  return model.backward({
    residuals: trace.residuals.map(({ data }) => ({
      dims: [1, 1, hiddenSize],
      data: data.slice(-hiddenSize),
    })),
    targets: tokens.map((id) => ({ position: 0, weights: metricOf(vocabularySize, id, null).weights })),
    linearisation: 'direct',
    hooks: layersOf(model).map(blockHooks.z),
    signal,
  });
}

/** Mean attention over the second half: to the token before, to the same token, to the one after that. */
function attentionScores(
  pattern: Tensor,
  head: number,
  start: number,
  length: number,
): Omit<Score, 'copying'> {
  const size = pattern.dims[3]!;
  const mean = (back: number) => {
    let total = 0;
    for (let at = start + length; at < start + 2 * length; at++) {
      total += pattern.data[(head * size + at) * size + at - back]!;
    }
    return total / length;
  };
  return { previous: mean(1), duplicate: mean(length), induction: mean(length - 1) };
}

/**
 * Per head: how often reading a token raises that token's logit more than another token of the sequence, scaled so
 * that always is 1, chance 0, never −1.
 */
function copyingScores(
  trace: Trace,
  gradient: Tensor,
  layer: number,
  start: number,
  length: number,
): number[] {
  const values = hookOf(trace.hooks, blockHooks.value(layer));
  const [targets, , heads, size] = gradient.dims as [number, number, number, number];
  const groups = values.dims[2]!;
  return Array.from({ length: heads }, (_, head) => {
    const group = Math.floor((head * groups) / heads);
    let wins = 0;
    for (let read = 0; read < length; read++) {
      const value = ((start + read) * groups + group) * size;
      const effect = (target: number) => {
        const at = (target * heads + head) * size;
        let total = 0;
        for (let i = 0; i < size; i++) total += values.data[value + i]! * gradient.data[at + i]!;
        return total;
      };
      const own = effect(read);
      for (let other = 0; other < targets; other++) if (other !== read && own > effect(other)) wins++;
    }
    return (2 * wins) / (length * (targets - 1)) - 1;
  });
}

function add(sums: Map<string, Score>, key: string, score: Score): void {
  const sum = sums.get(key) ?? { previous: 0, duplicate: 0, induction: 0, copying: 0 };
  for (const role of roleNames) sum[role] += score[role] / sequenceCount;
  sums.set(key, sum);
}

const roleNames = Object.keys(roleThresholds) as HeadRole[];

function scoresOf(layer: number, head: number, score: Score): HeadScores {
  const roles = roleNames
    .filter((role) => score[role] >= roleThresholds[role])
    .sort((a, b) => score[b] - score[a]);
  return { layer, head, ...score, roles };
}
