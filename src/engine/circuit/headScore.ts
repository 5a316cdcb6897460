import { WhenceError } from '../../core/errors';
import type { Check } from '../../core/explanation';
import type { HeadScore, HeadScoreParams, LookedAt, ScorePart, ScoreSide } from '../../core/headScore';
import { headName, mlpName } from '../../core/model';
import { sumCheck } from '../explain/checks';
import { checkIds } from '../explain/question';
import { blockHooks, hookOf, traceOf } from '../explain/trace';
import { constantsName, type Model } from '../model';
import type { Basis } from './basis';
import { type Operating, operate } from './operating';
import { dot } from './products';
import { expandScores, patternOf, type ScoreInputs } from './scores';

/** Places that are named beside the one asked about. */
const mostLooked = 6;

/**
 * Why a head looks where it looks: its score for one key, shared out among what wrote into the query (the key held) and
 * into the key (the query held), by component (Kamath et al. 2025) and, through the layers below under the secant
 * linearisation, by token. Norms and the cap are held. Costs about three forwards of the text.
 *
 * @throws WhenceError `bad-argument` when there is no such head or token; `cancelled`
 */
export async function headScore(
  model: Model,
  { ids, layer, head, query, key }: HeadScoreParams,
  signal?: AbortSignal,
): Promise<HeadScore> {
  check(model, { ids, layer, head, query, key });
  const trace = await traceOf(model, ids.slice(0, query + 1), signal);
  const at = await operate(model, trace, signal);
  const part = { kind: 'head', layer, position: query, index: head } as const;
  const [score] = await expandScores(at, [{ head: part, key }], signal);
  const { value, all, query: asking, keyed } = score!;
  const [querySide, keySide] = await sidesOf(at, layer, [asking, keyed], signal);
  const weights = patternOf(at, part);
  return {
    layer,
    head,
    query,
    key,
    score: value,
    weight: weights[key]!,
    mean: all.reduce((total, each) => total + each, 0) / all.length,
    looked: Array.from(weights, (weight, index): LookedAt => ({ index, weight, score: all[index]! }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, mostLooked),
    querySide: querySide!,
    keySide: keySide!,
    checks: [...checksOf('query', querySide!, value), ...checksOf('key', keySide!, value)],
  };
}

/** Both sides at once, since they are carried down the same layers. */
async function sidesOf(
  at: Operating,
  layer: number,
  sides: readonly ScoreInputs[],
  signal?: AbortSignal,
): Promise<readonly ScoreSide[]> {
  const { length } = at.basis;
  const size = at.model.info.hiddenSize;
  let data: Float32Array = new Float32Array(sides.length * length * size);
  sides.forEach(({ position, direction }, row) => {
    data.set(direction, (row * length + position) * size);
  });
  const constants = sides.map(({ constant }) => constant);
  for (let below = layer - 1; below >= 0; below--) {
    const pulled = await at.model.pull({
      residual: at.trace.residuals[below]!,
      from: blockHooks.output(below),
      cotangents: { dims: [sides.length, length, size], data },
      linearisation: 'secant',
      hooks: [blockHooks.input(below)],
      signal,
    });
    data = hookOf(pulled, blockHooks.input(below)).data;
    pulled.get(constantsName)!.data.forEach((constant, row) => {
      constants[row]! += constant;
    });
  }
  return sides.map(({ inputs }, row) => ({
    components: componentsOf(at.basis, inputs),
    tokens: Array.from({ length }, (_, index) => {
      const along = data.subarray((row * length + index) * size, (row * length + index + 1) * size);
      const place = at.places ? dot(at.places.data, index * size, along) : 0;
      return { index, score: dot(at.embedding.data, index * size, along) + place };
    }),
    remainder: constants[row]!,
  }));
}

/** What went in, summed up by the part that wrote it. */
function componentsOf(basis: Basis, { sources, weights }: ScoreInputs['inputs']): readonly ScorePart[] {
  const sums = new Map<string, number>();
  sources.forEach((id, at) => {
    const name = nameOf(basis, id);
    sums.set(name, (sums.get(name) ?? 0) + weights[at]!);
  });
  return [...sums]
    .map(([name, score]) => ({ name, score }))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
}

function nameOf(basis: Basis, id: number): string {
  const node = basis.nodeOf(id);
  switch (node.kind) {
    case 'head':
      return headName(node.layer, node.index);
    case 'neuron':
      return mlpName(node.layer);
    case 'token':
      return 'embed';
    case 'position':
      return 'pos';
    case 'bias':
      return 'bias';
  }
}

function checksOf(
  side: 'query' | 'key',
  { components, tokens, remainder }: ScoreSide,
  value: number,
): Check[] {
  const byPart = components.reduce((sum, { score }) => sum + score, 0);
  const byToken = tokens.reduce((sum, { score }) => sum + score, remainder);
  return [
    sumCheck(`${side} side: parts sum to the score`, byPart, value),
    sumCheck(`${side} side: tokens and biases sum to the score`, byToken, value),
  ];
}

function check(model: Model, { ids, layer, head, query, key }: HeadScoreParams): void {
  checkIds(model, ids);
  const { info } = model;
  const wrong = (sentence: string) => new WhenceError('bad-argument', sentence);
  const within = (value: number, count: number) => Number.isInteger(value) && value >= 0 && value < count;
  if (!within(layer, info.layers) || !within(head, info.heads)) {
    throw wrong(
      `${info.id} has no head ${headName(layer, head)}: it has ${info.layers} layers of ${info.heads} heads.`,
    );
  }
  if (!within(query, ids.length) || !within(key, query + 1)) {
    throw wrong(
      `A head at token ${query} of ${ids.length} cannot look at token ${key}: choose one up to its own place.`,
    );
  }
}
