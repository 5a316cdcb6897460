import { WhenceError } from '../core/errors';
import { ablations, defaultMethod, defaultSettings, type MethodSettings, methods } from '../core/explanation';
import type { ExplainParams } from '../core/protocol';
import type { Tokenizer } from '../engine/model';
import { integerOf, oneOf } from './arguments';

/** The options that say how an explanation is computed. */
export const methodOptionSpecs = {
  method: { type: 'string', default: defaultMethod },
  steps: { type: 'string' },
  baseline: { type: 'string' },
  ablation: { type: 'string' },
  counterfactual: { type: 'string' },
  'log-probability': { type: 'boolean', default: false },
} as const;

export const methodHelp = `
  --method NAME    how sources and effects are computed; without it ${defaultMethod}. There are
                   ${methods.join(', ')};
                   docs/methods.md says what each is good for, costs and hides
  --steps N        of integrated-gradients; without it ${defaultSettings.steps}
  --baseline B     of integrated-gradients: zero, mean or the text of one token; without it ${defaultSettings.baseline}
  --ablation KIND  of ablation: ${ablations.join(', ')}; without it ${defaultSettings.ablation}
  --counterfactual FILE
                   another prompt of as many tokens, for attribution-patching
  --log-probability
                   explains the log-probability in place of the logit minus the mean; its parts do not add up`.slice(
  1,
);

/** Options that say something to one method alone. */
const methodOwners = [
  ['steps', 'integrated-gradients'],
  ['baseline', 'integrated-gradients'],
  ['ablation', 'ablation'],
  ['counterfactual', 'attribution-patching'],
] as const;

interface MethodOptions {
  readonly method: string;
  readonly steps?: string;
  readonly baseline?: string;
  readonly ablation?: string;
  readonly counterfactual?: string;
  readonly 'log-probability': boolean;
}

/**
 * What the options ask for.
 *
 * @throws WhenceError `bad-argument` for a name or number that is not among the possible ones
 */
export function methodParams(
  options: MethodOptions,
): (tokenizer: Tokenizer) => Pick<ExplainParams, 'method' | 'logProbability' | 'settings'> {
  const method = oneOf('method', options.method, methods);
  const steps = integerOf('steps', options.steps, defaultSettings.steps, { least: 1, most: 10_000 });
  const ablation = oneOf('ablation', options.ablation ?? defaultSettings.ablation, ablations);
  for (const [option, owner] of methodOwners) {
    if (options[option] === undefined || method === owner) continue;
    throw new WhenceError(
      'bad-argument',
      `--${option} belongs to --method ${owner} and says nothing to ${method}: leave it out, or ask for that method.`,
    );
  }
  return (tokenizer) => ({
    method,
    logProbability: options['log-probability'],
    settings: { steps, ablation, baseline: baselineOf(options.baseline, tokenizer) },
  });
}

function baselineOf(text: string | undefined, tokenizer: Tokenizer): MethodSettings['baseline'] {
  if (text === undefined) return defaultSettings.baseline;
  if (text === 'zero' || text === 'mean') return text;
  const ids: readonly { readonly id: number }[] = tokenizer.encode(text);
  if (ids.length === 1) return ids[0]!.id;
  throw new WhenceError(
    'bad-argument',
    `--baseline takes zero, mean or a text of one token; ${JSON.stringify(text)} has ${ids.length}.`,
  );
}
