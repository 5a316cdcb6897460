import type { Model } from '../../model';
import type { Tensor } from '../../tensor';
import { hookOf } from '../trace';

/**
 * Code in whose place no question is asked: what mean and resample ablation put for a part. Two languages, names and
 * constructs of everyday code.
 */
const sampleText = `import json
from pathlib import Path


class Inventory:
    """Items on the shelves of a small shop."""

    def __init__(self, folder, limit=100):
        self.folder = Path(folder)
        self.limit = limit
        self.items = {}

    def load(self):
        for path in sorted(self.folder.glob("*.json")):
            with open(path, encoding="utf-8") as file:
                entry = json.load(file)
            self.items[entry["name"]] = entry["count"]
        return len(self.items)

    def missing(self, wanted):
        return [name for name in wanted if self.items.get(name, 0) < 1]


export function totalOf(orders: readonly Order[], rate: number): number {
  let total = 0;
  for (const order of orders) {
    if (order.state !== 'open') continue;
    total += order.lines.reduce((sum, line) => sum + line.price * line.count, 0);
  }
  return Math.round(total * (1 + rate) * 100) / 100;
}
`;

/** The sample as the model reads it, at most as long as its context. */
function sampleIds({ tokenizer, info }: Model): readonly number[] {
  const ids = [...tokenizer.prefix('python'), ...tokenizer.encode(sampleText).map(({ id }) => id)];
  return ids.slice(0, info.contextLength);
}

/** Means are asked for again and again, and are small: as many numbers as a position has. */
const means = new WeakMap<Model, Map<string, Tensor>>();

/**
 * What hooks hold in the sample. `mean`: over its positions, as [1, 1, …]. `resample`: at the same positions, as
 * [1, length, …]; a context longer than the sample goes round.
 */
export async function sampleValues(
  model: Model,
  hooks: readonly string[],
  kind: 'mean' | 'resample',
  length: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Tensor>> {
  if (kind === 'resample') {
    const found = await sampleRun(model, hooks, signal);
    return new Map(hooks.map((hook) => [hook, repeatedTo(hookOf(found, hook), length)]));
  }
  const known = means.get(model) ?? new Map<string, Tensor>();
  means.set(model, known);
  const unknown = hooks.filter((hook) => !known.has(hook));
  if (unknown.length > 0) {
    const found = await sampleRun(model, unknown, signal);
    for (const hook of unknown) known.set(hook, averaged(hookOf(found, hook)));
  }
  return known;
}

async function sampleRun(model: Model, hooks: readonly string[], signal?: AbortSignal) {
  return (await model.forward({ ids: [sampleIds(model)], hooks, logits: 'none', signal })).hooks;
}

function averaged({ dims, data }: Tensor): Tensor {
  const [, positions, ...rest] = dims;
  const size = data.length / positions!;
  const sums = new Float64Array(size);
  for (const [index, value] of data.entries()) sums[index % size]! += value;
  return { dims: [1, 1, ...rest], data: Float32Array.from(sums, (sum) => sum / positions!) };
}

function repeatedTo({ dims, data }: Tensor, length: number): Tensor {
  const [, positions, ...rest] = dims;
  const size = data.length / positions!;
  const fitted = new Float32Array(length * size);
  for (let at = 0; at < length; at++) {
    const from = (at % positions!) * size;
    fitted.set(data.subarray(from, from + size), at * size);
  }
  return { dims: [1, length, ...rest], data: fitted };
}
