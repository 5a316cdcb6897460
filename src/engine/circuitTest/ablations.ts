import type { Claim } from '../../core/circuitFile/syntax';
import { ablations } from '../../core/explanation';
import { ablatedRows } from '../explain/methods/ablate';
import { partNamed } from '../explain/methods/parts';
import type { Model } from '../model';
import { type Answered, outputOf } from './evidence';

export type AblationClaim = Extract<Claim, { readonly kind: 'ablation' }>;

/**
 * How far each claim's ablation moves its measure in each case, in the direction that the claim names: by claim, then
 * by case. The same parts are ablated once, however many claims speak of them; cases of as many tokens run together.
 */
export async function ablationChanges(
  model: Model,
  claims: readonly AblationClaim[],
  cases: readonly Answered[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<AblationClaim, readonly number[]>> {
  const changes = new Map<AblationClaim, readonly number[]>();
  for (const kind of ablations) {
    const ofKind = claims.filter(({ ablation }) => ablation === kind);
    const sets = [...new Map(ofKind.map(({ parts }) => [parts.label, parts.names]))];
    const rows = sets.flatMap(([, names]) => {
      const parts = names.map((name) => partNamed(model, name));
      return cases.map(({ ids }) => ({ ids, parts }));
    });
    const logits = await ablatedRows(model, rows, kind, signal);
    for (const claim of ofKind) {
      const first = sets.findIndex(([label]) => label === claim.parts.label) * cases.length;
      changes.set(
        claim,
        cases.map((answered, index) => changeOf(claim, answered, logits[first + index]!)),
      );
    }
  }
  return changes;
}

function changeOf({ verb, measure }: AblationClaim, answered: Answered, ablated: Float32Array): number {
  const fall = outputOf(answered, measure, answered.logits) - outputOf(answered, measure, ablated);
  if (verb === 'changes') return Math.abs(fall);
  return verb === 'lowers' ? fall : -fall;
}
