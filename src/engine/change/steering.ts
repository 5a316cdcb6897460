import { checkPart } from '../../core/change/changePart';
import { WhenceError } from '../../core/errors';
import { identityOf } from '../../core/model';
import {
  type MakeSteeringParams,
  mostExamples,
  type SteeringPlace,
  type SteeringVector,
  steeringFormat,
  steeringHook,
} from '../../core/steering';
import { hookOf } from '../explain/trace';
import type { Model } from '../model';
import { fitText } from '../run/prompt';
import type { Tensor } from '../tensor';

export interface SteeringOptions {
  readonly signal?: AbortSignal;
  /** In [0, 1]; called after each example. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * The direction from some examples to others, in the residual stream after a layer: the difference of their means, each
 * example read at its last token or on the mean over its tokens (Rimsky et al. 2023; Turner et al. 2023). An example that
 * does not fit into the context is read from its end. One forward up to the layer for each.
 *
 * @throws WhenceError `bad-argument`, `bad-input`, `cancelled`
 */
export async function makeSteering(
  model: Model,
  { name, layer, toward, away, language, at }: MakeSteeringParams,
  { signal, onProgress }: SteeringOptions = {},
): Promise<SteeringVector> {
  checkPart({ kind: 'layer', layer }, model.info);
  if (name.trim() === '') throw refused('A steering vector needs a name');
  for (const [side, examples] of [
    ['toward', toward],
    ['away from', away],
  ] as const) {
    if (examples.length > 0 && examples.length <= mostExamples) continue;
    throw refused(
      `A steering vector takes 1 to ${mostExamples} examples to go ${side}, not ${examples.length}`,
    );
  }
  const { hiddenSize } = model.info;
  const direction = new Float64Array(hiddenSize);
  let lengths = 0;
  let done = 0;
  const count = toward.length + away.length;
  for (const [examples, sign] of [
    [toward, 1],
    [away, -1],
  ] as const) {
    for (const text of examples) {
      const state = await readExample(model, text, language, layer, at, signal);
      for (const [i, value] of state.entries()) direction[i]! += (sign * value) / examples.length;
      lengths += Math.sqrt(state.reduce((sum, x) => sum + x * x, 0)) / count;
      onProgress?.(++done / count);
    }
  }
  return {
    format: steeringFormat,
    version: 1,
    name,
    model: identityOf(model.info),
    layer,
    at,
    toward: toward.length,
    away: away.length,
    streamLength: lengths,
    values: Array.from(Float32Array.from(direction)),
  };
}

async function readExample(
  model: Model,
  text: string,
  language: string | null,
  layer: number,
  at: SteeringPlace,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  if (text === '') throw new WhenceError('bad-input', 'An example is empty: give every one some text.');
  const { tokens } = fitText(model.tokenizer, text, language, model.info.contextLength);
  const hook = steeringHook(layer);
  const ids = tokens.map(({ id }) => id);
  const { hooks } = await model.forward({ ids: [ids], hooks: [hook], logits: 'none', signal });
  const stream = hookOf(hooks, hook);
  if (at === 'last') return meanOf(stream, ids.length - 1);
  // What the prompt format puts in front is the same for all examples.
  return meanOf(
    stream,
    tokens.findIndex(({ special }) => !special),
  );
}

/** The mean over the positions from `first` on of a stream [1, S, D]. */
function meanOf({ dims, data }: Tensor, first: number): Float64Array {
  const [, length, width] = dims as [number, number, number];
  const mean = new Float64Array(width);
  for (let index = first * width; index < data.length; index++) {
    mean[index % width]! += data[index]! / (length - first);
  }
  return mean;
}

function refused(sentence: string): WhenceError {
  return new WhenceError('bad-argument', `${sentence}.`);
}
