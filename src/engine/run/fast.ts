import { WhenceError } from '../../core/errors';
import type { GenerateParams, ScoredToken } from '../../core/generation';
import type { Model } from '../model';
import { statisticsOf } from './score';

/** Throws `bad-argument` where fast generation is asked for and there is none. */
export function checkFast(model: Model, { fast, steering }: Pick<GenerateParams, 'fast' | 'steering'>): void {
  if (!fast) return;
  if (steering) {
    throw new WhenceError(
      'bad-argument',
      'Steered generation has no fast form: leave out the steering, or generate in fp32.',
    );
  }
  if (model.quantised) return;
  throw new WhenceError(
    'bad-argument',
    `${model.info.id} has no matrices in Q8_0 or Q4_0 that could be multiplied as they are: generate in fp32, or choose such a file.`,
  );
}

/**
 * What was generated fast, with what the model says of it in fp32, which is the function that explanations are of; and
 * how many tokens were the first choice of one arithmetic and not of the other.
 */
export async function rescored(
  model: Model,
  prompt: readonly { readonly id: number }[],
  generated: readonly ScoredToken[],
  signal?: AbortSignal,
): Promise<{ readonly generated: readonly ScoredToken[]; readonly differing: number }> {
  if (generated.length === 0) return { generated, differing: 0 };
  const ids = [...prompt, ...generated].map(({ id }) => id);
  const statistics = await statisticsOf(model, ids, prompt.length, signal);
  const first = (rank: number) => rank === 1;
  const differing = generated.filter(
    ({ statistics: { rank } }, i) => first(rank) !== first(statistics[i]!.rank),
  ).length;
  return { generated: generated.map((token, i) => ({ ...token, statistics: statistics[i]! })), differing };
}
