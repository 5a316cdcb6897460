import type { Check } from '../../core/explanation';
import { type Attribution, sum } from './direct';

/** Relative to the size of what is compared (design of the project: scalars against max(1, |total|)). */
const limit = 1e-4;

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

/** NaN never holds. */
function check(name: string, value: number): Check {
  return { name, value, limit, holds: value <= limit };
}
