import type { Method } from './explanation';
import type { Granularity } from './granularity';

/** A method as it is offered: what it is called, what it is good for, and its cost beside one run of the model on the text. */
export interface MethodWords {
  readonly name: string;
  readonly good: string;
  readonly cost: string;
}

export const methodWords: Readonly<Record<Method, MethodWords>> = {
  secant: {
    name: 'secant',
    good: 'The default: scores add up, and follow everything that values flow through.',
    cost: '1 backward pass',
  },
  'secant-attention': {
    name: 'secant, attention followed',
    good: 'Also sees what decides where heads look; scores do not add up.',
    cost: '1 backward pass',
  },
  direct: {
    name: 'direct',
    good: 'What the heads fetched in the last step, and nothing before it.',
    cost: 'nothing more',
  },
  'gradient-input': {
    name: 'gradient × input',
    good: 'What a small change of each token would do; blind to what is saturated.',
    cost: '1 backward pass',
  },
  'integrated-gradients': {
    name: 'integrated gradients',
    good: 'Follows attention and saturation, on a way through texts that nobody writes.',
    cost: '100 passes',
  },
  ablation: {
    name: 'ablation',
    good: 'An experiment for every token and every part: each is taken away by itself.',
    cost: 'one run for each token and part',
  },
  occlusion: {
    name: 'occlusion',
    good: 'An experiment for every token: each is taken away by itself.',
    cost: 'one run for each token',
  },
  'attribution-patching': {
    name: 'attribution patching',
    good: 'What tells this text apart from the same one with another name in it.',
    cost: '11 passes',
  },
};

/** The steps of the ladder, as they are offered. */
export const granularityWords: Readonly<Record<Granularity, string>> = {
  token: 'token',
  identifier: 'name',
  line: 'line',
  statement: 'statement',
  block: 'block',
};
