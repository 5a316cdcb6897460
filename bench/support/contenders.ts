import type { Method, MethodSettings } from '../../src/core/explanation';
import type { Linearisation } from '../../src/engine/model';

/** Of integrated gradients here; each costs a forward and a backward. */
const steps = 20;

interface Contender {
  readonly method: Method;
  readonly settings?: Partial<MethodSettings>;
  /** How it estimates what patching one activation would do; absent where it says nothing of activations. */
  readonly patching?: Linearisation | 'path';
}

/** The methods compared, by the name in the tables. The sources of occlusion, and of ablation, are the experiment itself. */
export const contenders = {
  secant: { method: 'secant', patching: 'secant' },
  'secant, attention': { method: 'secant-attention', patching: 'followed' },
  'gradient × input': { method: 'gradient-input', patching: 'exact' },
  'integrated, mean': { method: 'integrated-gradients', settings: { baseline: 'mean', steps } },
  'integrated, zero': { method: 'integrated-gradients', settings: { baseline: 'zero', steps } },
  direct: { method: 'direct', patching: 'direct' },
  occlusion: { method: 'occlusion' },
  'attribution patching': { method: 'attribution-patching', patching: 'path' },
} as const satisfies Record<string, Contender>;

/** With random scores, which every method must beat. */
export type ContenderName = keyof typeof contenders | 'random';

export const contenderNames: readonly ContenderName[] = [
  ...(Object.keys(contenders) as (keyof typeof contenders)[]),
  'random',
];
