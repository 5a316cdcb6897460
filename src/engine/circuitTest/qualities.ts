import { partNamed } from '../../core/change/changeText';
import type { Claim, Parts } from '../../core/circuitFile/syntax';
import type { Measured } from '../../core/circuitFile/verdict';
import type { CircuitNode, CircuitQuestion, CircuitTested } from '../../core/circuitTest';
import { headName, mlpName } from '../../core/model';
import { testCircuit } from '../change/testCircuit';
import type { Model } from '../model';

export type QualityClaim = Extract<Claim, { readonly kind: 'circuit' }>;

/** A quality of a group with what it is to be read beside. */
export interface Quality {
  readonly value: Measured;
  /** The same of random groups; absent for minimality, which is of each part. */
  readonly random?: readonly number[];
  /** For minimality: the part that matters least. */
  readonly least?: string;
}

/** The field's usual one, as docs/interventions.md has it. */
const ablation = 'mean';
const seed = 0;

const nothing = 'nothing to share out, as the model answers as well with none of its parts';

const noOther = 'no other group of as many parts of these kinds to compare it with';

/**
 * How well each claim's group stands for the whole model over all cases. The same group is tested once, however many claims
 * speak of it.
 *
 * @throws what `testCircuit` throws
 */
export async function qualitiesOf(
  model: Model,
  claims: readonly QualityClaim[],
  questions: readonly CircuitQuestion[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<QualityClaim, Quality>> {
  const tested = new Map<string, CircuitTested>();
  const qualities = new Map<QualityClaim, Quality>();
  for (const claim of claims) {
    const { label } = claim.parts;
    const minimality = claims.some(({ quality, parts }) => quality === 'minimality' && parts.label === label);
    const params = { nodes: nodesOf(model, claim.parts), questions, ablation, seed, minimality } as const;
    const test = tested.get(label) ?? (await testCircuit(model, params, { signal }));
    tested.set(label, test);
    qualities.set(claim, qualityIn(test, claim));
  }
  return qualities;
}

function nodesOf({ info }: Model, { names }: Parts): CircuitNode[] {
  const members = names.flatMap((name) => {
    const part = partNamed(name);
    if (part.kind !== 'layer') return [name];
    const heads = Array.from({ length: info.heads }, (_, head) => headName(part.layer, head));
    return info.hasMlp ? [...heads, mlpName(part.layer)] : heads;
  });
  return [...new Set(members)].map((name) => ({
    part: partNamed(name) as CircuitNode['part'],
    positions: 'all',
  }));
}

function qualityIn(
  { circuit, random, minimality }: CircuitTested,
  { quality, aboveRandom }: QualityClaim,
): Quality {
  const values = (of: (kept: CircuitTested['circuit']) => number | null) => {
    const own = of(circuit);
    const others = random.flatMap((kept) => of(kept) ?? []);
    if (own === null) return { value: nothing, random: others };
    if (!aboveRandom) return { value: own, random: others };
    return { value: others.length === 0 ? noOther : own - Math.max(...others), random: others };
  };
  if (quality === 'faithfulness') return values(({ faithfulness }) => faithfulness);
  if (quality === 'completeness') return values(({ rest }) => (rest === null ? null : 1 - rest));
  const [least] = [...minimality!].sort((a, b) => (a.loss ?? 0) - (b.loss ?? 0));
  return { value: least!.loss ?? nothing, least: least!.name };
}
