import type { Method } from '../../../core/explanation';
import { ablation } from './ablation';
import { attributionPatching } from './attributionPatching';
import { direct } from './direct';
import { gradientInput } from './gradientInput';
import { integratedGradients } from './integratedGradients';
import type { AttributionMethod } from './method';
import { occlusion } from './occlusion';
import { secant } from './secant';
import { secantAttention } from './secantAttention';

/** Every method by its name. */
export const attributionMethods: Readonly<Record<Method, AttributionMethod>> = {
  secant,
  'secant-attention': secantAttention,
  'gradient-input': gradientInput,
  'integrated-gradients': integratedGradients,
  direct,
  ablation,
  occlusion,
  'attribution-patching': attributionPatching,
};
