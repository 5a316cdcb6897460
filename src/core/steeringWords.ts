import { showShare } from './display';
import type { Steered } from './record';
import type { Steering, SteeringVector } from './steering';

/** `2×`, `−1×`. */
export function showStrength(strength: number): string {
  return `${strength < 0 ? '−' : ''}${Number(Math.abs(strength).toFixed(3))}×`;
}

/** What a record keeps of how it was steered. */
export function steeredBy({ vector, strength }: Steering): Steered {
  return { name: vector.name, layer: vector.layer, strength };
}

/** Beside an explanation: what it speaks of is not what wrote the token. */
export function steeredSentence({ name, layer, strength }: Steered): string {
  return `Written while steered with “${name}” (${showStrength(strength)} after layer ${layer}). What is explained is the model as it is, without that.`;
}

/** How long a vector is at a strength, against what it is added to: `35% of the stream’s length`. */
export function shareOfStream(vector: SteeringVector, strength: number): string {
  return `${showShare(Math.abs(strength) * shareOfOne(vector))} of the stream’s length`;
}

/** The strength, to two digits, at which a vector is so long against what it is added to; with its sign. */
export function strengthOfShare(vector: SteeringVector, share: number): number {
  return Number((share / shareOfOne(vector)).toPrecision(2));
}

function shareOfOne({ values, streamLength }: SteeringVector): number {
  return values.reduce((sum, value) => sum + value * value, 0) ** 0.5 / streamLength;
}
