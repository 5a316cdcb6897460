import { nameToken } from './display';

/** The metric that contributions add up to; `contrast` is the text of the token it is compared with. */
export function metricInWords(contrast: string | null): string {
  return `The logit of the token minus ${contrast === null ? 'the mean logit' : `that of ${nameToken(contrast)}`}`;
}
