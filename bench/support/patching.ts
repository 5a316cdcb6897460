import type { Asked } from '../../src/engine/explain/methods/method';
import { gradientsAlong } from '../../src/engine/explain/methods/path';
import { randomFrom } from '../../src/engine/explain/random';
import {
  blockHooks,
  embedHook,
  hookOf,
  layersOf,
  type Trace,
  targetsOf,
} from '../../src/engine/explain/trace';
import type { Linearisation } from '../../src/engine/model';
import type { Tensor } from '../../src/engine/tensor';

/** Where activations are patched. */
export const patchedKinds = ['residual stream', 'attention outputs', 'MLP outputs'] as const;
export type PatchedKind = (typeof patchedKinds)[number];

const hooksOf: Readonly<Record<PatchedKind, (layer: number) => string>> = {
  'residual stream': blockHooks.input,
  'attention outputs': blockHooks.attention,
  'MLP outputs': blockHooks.mlp,
};

/** Of every kind, so many layers, and of every layer so many positions: drawn anew for each text. */
const layersPerKind = 4;
const positionsPerLayer = 4;
/** Points between the texts, as attribution patching has them. */
const points = 5;

export interface Site {
  readonly kind: PatchedKind;
  readonly hook: string;
  readonly position: number;
}

/** Places of a text, the last position always among those of a layer. */
export function sitesOf({ model, trace }: Asked): Site[] {
  const random = randomFrom(trace.ids);
  const drawn = (count: number, limit: number) =>
    Array.from({ length: limit }, (_, index) => ({ index, at: random() }))
      .sort((a, b) => a.at - b.at)
      .slice(0, count)
      .map(({ index }) => index);
  return patchedKinds.flatMap((kind) =>
    drawn(layersPerKind, model.info.layers).flatMap((layer) => {
      const positions = [trace.query, ...drawn(positionsPerLayer - 1, trace.query)];
      return positions.map((position) => ({ kind, hook: hooksOf[kind](layer), position }));
    }),
  );
}

/** The same of every layer, at these positions. */
export function sitesAt({ model }: Asked, positions: readonly number[]): Site[] {
  return patchedKinds.flatMap((kind) =>
    layersOf(model).flatMap((layer) =>
      positions.map((position) => ({ kind, hook: hooksOf[kind](layer), position })),
    ),
  );
}

/** Values at the sites' hooks in the text and in the other one. */
interface Values {
  readonly own: ReadonlyMap<string, Tensor>;
  readonly other: ReadonlyMap<string, Tensor>;
}

export async function valuesAt(
  { model, trace }: Asked,
  other: Trace,
  sites: readonly Site[],
): Promise<Values> {
  const hooks = [...new Set(sites.map(({ hook }) => hook))];
  const at = async ({ ids }: Trace) => (await model.forward({ ids: [ids], hooks, logits: 'none' })).hooks;
  return { own: await at(trace), other: await at(other) };
}

/**
 * Activation patching (Vig et al. 2020; Meng et al. 2022): what the metric falls by when one activation, at one position,
 * is that of the other text.
 */
export async function patchedEffects(
  { model, trace, metric, total }: Asked,
  { other }: Values,
  sites: readonly Site[],
): Promise<number[]> {
  const effects = new Array<number>(sites.length);
  const length = trace.ids.length;
  for (const hook of new Set(sites.map((site) => site.hook))) {
    const rows = [...sites.keys()].filter((site) => sites[site]!.hook === hook);
    const value = hookOf(other, hook);
    const width = value.dims[2]!;
    const scale = new Float32Array(rows.length * length).fill(1);
    const add = new Float32Array(rows.length * length * width);
    for (const [row, site] of rows.entries()) {
      const { position } = sites[site]!;
      scale[row * length + position] = 0;
      add.set(
        value.data.subarray(position * width, (position + 1) * width),
        (row * length + position) * width,
      );
    }
    const { logits } = await model.forward({
      ids: rows.map(() => trace.ids),
      hooks: [],
      interventions: [
        {
          hook,
          scale: { dims: [rows.length, length, 1], data: scale },
          add: { dims: [rows.length, length, width], data: add },
        },
      ],
      logits: [trace.query],
    });
    const vocabulary = logits!.dims[2]!;
    for (const [row, site] of rows.entries()) {
      effects[site] = total - metric.valueOf(logits!.data.slice(row * vocabulary, (row + 1) * vocabulary));
    }
  }
  return effects;
}

/** What a method says of the same: the change of the activation along its gradient. `path`: the true gradient averaged between the texts. */
export async function estimatedEffects(
  asked: Asked,
  { own, other }: Values,
  sites: readonly Site[],
  rules: Linearisation | 'path',
): Promise<number[]> {
  const { model, trace, metric, counterfactual } = asked;
  const hooks = [...own.keys()];
  const start = hookOf(counterfactual!.hooks, embedHook);
  const gradients =
    rules === 'path'
      ? await gradientsAlong(asked, { dims: start.dims.slice(1), data: start.data }, points, hooks)
      : await model.backward({
          residuals: trace.residuals,
          targets: targetsOf(trace, metric.weightsAt(trace.logits)),
          joined: true,
          linearisation: rules,
          hooks,
        });
  return sites.map(({ hook, position }) => {
    const { dims, data } = hookOf(own, hook);
    const [subtracted, slope] = [hookOf(other, hook).data, hookOf(gradients, hook).data];
    const width = dims[2]!;
    let sum = 0;
    for (let i = position * width; i < (position + 1) * width; i++)
      sum += (data[i]! - subtracted[i]!) * slope[i]!;
    return sum;
  });
}
