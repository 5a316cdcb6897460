import { showProbability, showSigned } from '../../core/display';
import type { Check, Explanation, Verification } from '../../core/explanation';
import { type Child, h } from '../dom';

/** Every identity and the experiment, each with its value, its limit and what failing would mean. */
export function checksList(explanation: Explanation, progress: string | null): HTMLElement {
  return h(
    'ul.checks',
    {},
    ...explanation.checks.map(identity),
    explanation.verification ? experiment(explanation.verification) : pending(progress),
  );
}

/** Identities alone. */
export function checkRows(checks: readonly Check[]): HTMLElement {
  return h('ul.checks', {}, ...checks.map(identity));
}

function identity(check: Check): HTMLElement {
  return item(
    check.holds,
    check.name,
    [
      h('span.number', { attributes: { title: 'Deviation that was measured' } }, exponent(check.value)),
      ' of at most ',
      h('span.number', { attributes: { title: 'Deviation that is allowed' } }, exponent(check.limit)),
    ],
    check.holds
      ? null
      : 'The numbers do not add up to what the model computed: do not rely on this explanation.',
  );
}

function experiment(verification: Verification): HTMLElement {
  const { effect, randomEffect, probability, named, holds } = verification;
  const count = named.length === 1 ? 'one source' : `${named.length} sources`;
  return item(
    holds,
    `experiment: delete ${count}`,
    [
      'metric ',
      h(
        'span.number',
        { attributes: { title: 'Change of the metric, in logits, when the named sources are deleted' } },
        showSigned(-effect),
      ),
      ', random tokens ',
      h(
        'span.number',
        {
          attributes: {
            title:
              'Mean change of the metric, in logits, when as many other tokens, drawn at random, are deleted',
          },
        },
        showSigned(-randomEffect),
      ),
      '; probability ',
      h(
        'span.number',
        { attributes: { title: 'Probability before, and with the named sources deleted' } },
        `${showProbability(probability.before)} → ${showProbability(probability.named)}`,
      ),
      ' (random ',
      h(
        'span.number',
        { attributes: { title: 'Mean probability with random tokens deleted' } },
        showProbability(probability.random),
      ),
      '). It holds when the named sources matter at least twice as much as random ones.',
    ],
    holds
      ? null
      : 'The named sources are not what the answer hangs on: look at the parts, not at this sentence.',
  );
}

function pending(progress: string | null): HTMLElement {
  return h(
    'li.check.dim',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, progress === null ? '○' : '…'),
    h(
      'span',
      {},
      progress === null
        ? 'experiment: not run, there is too little context to delete anything from'
        : 'experiment: still running',
    ),
  );
}

function item(holds: boolean, name: string, detail: readonly Child[], meaning: string | null): HTMLElement {
  return h(
    holds ? 'li.check.holds' : 'li.check.fails',
    {},
    h(
      'span.icon',
      { attributes: { role: 'img', 'aria-label': holds ? 'holds' : 'fails' } },
      holds ? '✓' : '✗',
    ),
    h(
      'span',
      {},
      h('strong', {}, name),
      h('span.detail', {}, ...detail),
      meaning ? h('span.meaning', {}, meaning) : null,
    ),
  );
}

/** Small deviations are read by their order of magnitude: `1.2·10⁻⁷`. */
function exponent(value: number): string {
  if (value === 0 || Math.abs(value) >= 0.01) return String(Number(value.toPrecision(3)));
  const [digits, power] = value.toExponential(1).split('e');
  const raised = [...power!].map((sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)])).join('');
  return `${digits}·10${raised}`;
}
