import type { LensStep } from '../../core/explanation';
import type { Model } from '../model';
import { Distribution } from './distribution';
import type { Trace } from './trace';

export interface Lens {
  readonly steps: readonly LensStep[];
  /** The depth from which on the target is the first choice at every later depth; null if it is not even at the end. */
  readonly settled: number | null;
  /** The logits read at the last depth, [V]: they must be the model's own. */
  readonly last: Float32Array;
}

/**
 * Logit lens (nostalgebraist 2020): the stream at the predicting position, read at every depth as if it were the last:
 * final norm with that depth's own scale, then unembedding.
 */
export async function lensOf(
  model: Model,
  trace: Trace,
  target: number,
  signal?: AbortSignal,
): Promise<Lens> {
  const width = model.info.hiddenSize;
  const depths = trace.residuals.length;
  const stacked = new Float32Array(depths * width);
  trace.residuals.forEach((residual, depth) => {
    stacked.set(residual.data.subarray(trace.query * width, (trace.query + 1) * width), depth * width);
  });
  const { dims, data } = await model.readout({ dims: [1, depths, width], data: stacked }, signal);
  const vocabulary = dims[2]!;
  const logitsAt = (depth: number) => data.subarray(depth * vocabulary, (depth + 1) * vocabulary);

  const steps = Array.from({ length: depths }, (_, depth): LensStep => {
    const distribution = new Distribution(logitsAt(depth));
    const top = distribution.first();
    return {
      depth,
      top: { id: top, text: model.tokenizer.textOf(top), probability: distribution.probabilityOf(top) },
      rank: distribution.rankOf(target),
      probability: distribution.probabilityOf(target),
    };
  });
  return { steps, settled: settledDepth(steps), last: logitsAt(depths - 1) };
}

function settledDepth(steps: readonly LensStep[]): number | null {
  const lastOther = steps.findLastIndex(({ rank }) => rank !== 1);
  return lastOther + 1 < steps.length ? lastOther + 1 : null;
}
