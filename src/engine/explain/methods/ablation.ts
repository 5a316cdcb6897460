import { partsCheck } from '../checks';
import { sum } from '../direct';
import { ablatedLogits } from './ablate';
import { type Asked, type Attributed, sourcesOf } from './method';
import { leaveOneOut } from './occlusion';
import { partsOf } from './parts';

/**
 * Every head and MLP ablated by itself, at all positions, and every token left out by itself (activation patching with
 * zero, mean or another text's values; Vig et al. 2020, Meng et al. 2022). What the metric falls by is the score.
 */
export async function ablation(asked: Asked): Promise<Attributed> {
  const { model, metric, total, settings } = asked;
  const scores = await leaveOneOut(asked);
  const parts = partsOf(model);
  const outcomes = await ablatedLogits(
    asked,
    parts.map((part) => [part]),
    settings.ablation,
  );
  const totals = new Map(
    outcomes.map((logits, index): [string, number] => [parts[index]!.name, total - metric.valueOf(logits)]),
  );
  return {
    sources: sourcesOf(scores),
    remainder: total - sum(scores),
    totals,
    checks: partsCheck(totals),
    warnings: [
      `Parts are ablated one at a time (${settings.ablation} ablation): where another takes over, as a backup head does, the effect is nearly zero.`,
    ],
  };
}
