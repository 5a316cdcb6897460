import type { Check } from '../../core/explanation';
import { partOf } from '../../core/parts';
import { type Attribution, sum } from './direct';

/** Relative to the size of what is compared (design of the project: scalars against max(1, |total|)). */
export const sumLimit = 1e-4;

/** The identities that direct attribution must satisfy; each compares two quantities that were computed apart. */
export function attributionChecks(attribution: Attribution, total: number): Check[] {
  const scale = Math.max(1, Math.abs(total));
  const { components, sources, remainder, heads } = attribution;
  const direct = sum(components.map((component) => component.direct));
  const carried = sum(sources.map((source) => source.score)) + remainder;
  const worstHead = Math.max(...heads.map((head) => Math.abs(sum(head.bySource) - head.direct)));
  return [
    check('components sum to the metric', Math.abs(direct - total) / scale),
    check('sources and remainder sum to the metric', Math.abs(carried - total) / scale),
    check("each head's sources sum to the head", worstHead / scale),
  ];
}

/** The stream after the last layer, read through the lens, must give the logits that the forward pass gave. */
export function lensCheck(last: Float32Array, logits: Float32Array): Check {
  let difference = 0;
  let largest = 1;
  logits.forEach((logit, id) => {
    difference = Math.max(difference, Math.abs(logit - last[id]!));
    largest = Math.max(largest, Math.abs(logit));
  });
  return check("lens at the last depth is the model's output", difference / largest);
}

/** A sum that must be the metric, each computed apart. */
export function sumCheck(name: string, found: number, expected: number): Check {
  return check(name, Math.abs(found - expected) / Math.max(1, Math.abs(expected)));
}

/** A value that must not exceed a limit of its own. */
export function itemCheck(name: string, value: number, most: number): Check {
  return { name, value, limit: most, holds: value <= most };
}

/**
 * Exactly zero for all heads, or for all MLPs, of a model that has them is no finding: no gradient or no change reached
 * them. The value counts such kinds.
 */
export function partsCheck(totals: ReadonlyMap<string, number>): Check[] {
  const kinds = new Map<string, boolean>();
  for (const [name, total] of totals) {
    const kind = partOf(name)?.kind ?? name;
    kinds.set(kind, kinds.get(kind) || total !== 0);
  }
  const silent = [...kinds.values()].filter((found) => !found).length;
  return [itemCheck('every kind of part was reached', silent, 0)];
}

/** NaN never holds. */
function check(name: string, value: number): Check {
  return itemCheck(name, value, sumLimit);
}
