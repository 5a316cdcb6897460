import { correlation } from '../../src/core/correlation';
import type { AttributionGraph } from '../../src/core/graph';
import { metricValue } from '../../src/engine/explain/metric';
import type { Model } from '../../src/engine/model';

/** Of each circuit: the edges of the strongest estimates, and as many drawn from the rest. */
const strongest = 6;
const drawn = 6;

export interface BenchCircuit {
  readonly ids: readonly number[];
  readonly target: number;
  /** The logits after the text, [V]. */
  readonly before: Float32Array;
  readonly graph: AttributionGraph;
}

/** The effect of a score edge on the metric, in logits. */
export interface ScoreEffect {
  readonly estimated: number;
  /** How much the metric falls when the model runs with that much less in the score, and all else free. */
  readonly measured: number;
}

/** Takes what score edges give away from the score, one at a time, and runs the model. */
export async function scoreEffectsOf(
  model: Model,
  { ids, target, before, graph }: BenchCircuit,
  random: () => number,
): Promise<ScoreEffect[]> {
  const rest = graph.scoreEdges
    .filter(({ effect }) => effect !== null)
    .toSorted((a, b) => Math.abs(b.effect!) - Math.abs(a.effect!));
  const chosen = rest.splice(0, strongest);
  for (let draw = 0; draw < drawn && rest.length > 0; draw++)
    chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  const found: ScoreEffect[] = [];
  for (const { head, key, score, effect } of chosen) {
    const { layer, index, position } = graph.nodes[head]!;
    const dims = [1, model.info.heads, ids.length, ids.length];
    const data = new Float32Array(model.info.heads * ids.length * ids.length);
    data[(index! * ids.length + position!) * ids.length + key!] = -score;
    const { logits } = await model.forward({
      ids: [ids],
      hooks: [],
      interventions: [{ hook: `blocks.${layer}.attn.hook_attn_scores`, add: { dims, data } }],
      logits: [ids.length - 1],
    });
    const measured = metricValue(before, target, null) - metricValue(logits!.data, target, null);
    found.push({ estimated: effect!, measured });
  }
  return found;
}

/** Agreement of the estimates with what happens. */
export function reportScores(effects: readonly ScoreEffect[]): void {
  const estimated = effects.map((each) => each.estimated);
  const measured = effects.map((each) => each.measured);
  const square = estimated.reduce((sum, value) => sum + value * value, 0);
  const slope = estimated.reduce((sum, value, at) => sum + value * measured[at]!, 0) / square;
  const agree = effects.filter((each) => Math.sign(each.estimated) === Math.sign(each.measured)).length;
  console.log(
    `score edges into keys, estimated effect against running the model: ${effects.length}, r ${correlation(estimated, measured).toFixed(2)}, slope ${slope.toFixed(2)}, sign ${((100 * agree) / effects.length).toFixed(0)}%\n`,
  );
}
