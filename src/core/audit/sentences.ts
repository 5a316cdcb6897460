import type { Inline } from './document';
import type { ComparedFinding, EventFinding, FindingAblation, FindingReport } from './report';
import { type Estimate, fewestPairs, isShown } from './statistics';

/** What was found, in a sentence or two that anybody can read. */
export function findingSentence(finding: FindingReport): string {
  return finding.kind === 'event' ? eventSentence(finding) : comparedSentence(finding);
}

function eventSentence({ pairs, counts, probe, control, difference }: EventFinding): string {
  const [found, beside] = [counts.both + counts.first, counts.both + counts.second];
  if (found === 0 && beside === 0) {
    return `Never found, neither after the ${pairs} prompts nor after their controls; were so many prompts independent, the true share would be below ${percent(probe.high)}.`;
  }
  const often = `Found after ${found} of ${pairs} prompts: ${share(probe)}. After their matched controls: ${beside} of ${pairs}, ${share(control)}.`;
  return `${often} ${verdict(difference, pairs, 'often')}`;
}

function comparedSentence({ measure, pairs, difference, larger }: ComparedFinding): string {
  const direction = difference.value >= 0 ? 'larger' : 'smaller';
  const unit = unitOf(measure);
  const range =
    pairs < fewestPairs
      ? ''
      : ` (95 % interval of the difference ${amount(difference.low)} to ${amount(difference.high)})`;
  const size = `The ${measure} is on average ${amount(Math.abs(difference.value))}${unit} ${direction} after the prompts than after their matched controls${range}, and larger in ${percent(larger.value)} of ${counted(pairs, 'pair')}.`;
  // A logit difference is the logarithm of the odds of one token against another.
  const odds =
    measure === 'logit difference'
      ? ` That makes the odds of the one against the other ${amount(Math.exp(difference.value))} times what they are after the controls.`
      : '';
  return `${size}${odds} ${verdict(difference, pairs, 'compared')}`;
}

function verdict(difference: Estimate, pairs: number, kind: 'often' | 'compared'): string {
  const { value, low, high } = difference;
  if (pairs < fewestPairs) return 'So few pairs do not tell whether prompts and controls differ.';
  if (!isShown(difference, pairs)) return 'So no difference between prompts and controls is shown.';
  if (kind === 'compared') return 'So prompts and controls differ in this measure.';
  if (value > 0)
    return `So it is more frequent after the prompts, by ${points(value)} points (${points(low)} to ${points(high)}).`;
  return `So it is less frequent after the prompts, by ${points(-value)} points (${points(-high)} to ${points(-low)}).`;
}

/** What an ablation did to a finding and to ordinary code. */
export function ablationSentences(finding: FindingReport, ablation: FindingAblation): string[] {
  const { parts, pairs, before, top, random, groups, loss } = ablation;
  const without = `Without ${list(parts)}`;
  const beside = 'without a random group of as many parts';
  const range = (of: (value: number) => string) =>
    pairs < fewestPairs ? '' : ` (95 % interval ${interval(top, of)})`;
  const effect =
    finding.kind === 'event'
      ? `${without} it is still found in ${percent(top.value)} of ${counted(pairs, 'prompt')} in which it was found${range(percent)}; ${beside} in ${percent(random)}.`
      : `${without} the mean difference in ${counted(pairs, 'pair')} is ${amount(top.value)}${range(amount)} instead of ${amount(before)}; ${beside} it is ${amount(random)}.`;
  const rise = (value: number) =>
    `${value >= loss.before ? '+' : '−'}${amount(Math.abs(value - loss.before))}`;
  const losses = groups.map((group) => group.loss);
  const [least, most] = [Math.min(...losses), Math.max(...losses)].map(rise);
  const shared = Math.max(
    ...groups.map((group) => group.parts.filter((part) => parts.includes(part)).length),
  );
  const overlap =
    shared === 0
      ? ''
      : ` Each random group has up to ${counted(shared, 'part')} in common with these, as the model has too few others of their kinds.`;
  const quality = `The loss on ordinary code, ${amount(loss.before)} nats a token, changes by ${rise(loss.top)}; without the random groups by ${least === most ? least : `${least} to ${most}`}.${overlap}`;
  return [effect, quality, handle(finding, ablation)];
}

/** Whether the parts are a handle on the finding, and at what price. */
function handle(finding: FindingReport, { pairs, before, top, more, groups, loss }: FindingAblation): string {
  const compared = finding.kind === 'compared';
  if (compared && !isShown(finding.difference, finding.pairs))
    return 'As no difference is shown, there is none that they could be a handle on.';
  if (pairs < fewestPairs) return 'These are too few pairs to tell whether they are a handle on it.';
  const sign = compared && finding.difference.value < 0 ? -1 : 1;
  // In each pair beside a group, over the pairs of every group by itself, and by enough.
  const effective =
    more.low > 0 &&
    groups.every(({ value }) => value === null || sign * value > sign * top.value) &&
    (!compared || Math.abs(top.value) < Math.abs(before) / 2);
  if (!effective)
    return 'That removing them does more to the finding than removing random parts is not shown: no handle on it was found.';
  return loss.top > Math.max(...groups.map((group) => group.loss))
    ? 'Removing them takes more of the finding away than removing any of the random groups, and costs ordinary code more than these: the parts do other things as well.'
    : 'Removing them takes more of the finding away than removing any of the random groups, and costs ordinary code no more than the dearest of these.';
}

/** What a finding does not show: what its author says, and what follows from how it was measured. */
export function notShown(finding: FindingReport): Inline[][] {
  const said: Inline[][] = finding.but === null ? [] : [[{ said: finding.but }]];
  const follows =
    finding.kind === 'event'
      ? finding.claim.startsWith('when continuation')
        ? 'It is what the model writes when it takes its likeliest token after these prompts. How often it would be written when sampled, or in other files, is not measured.'
        : 'It is about the answer that the file names, at one place. What the model would write instead is not measured.'
      : 'A mean difference of a measure at one token is not a choice that the model makes, nor what becomes of anybody by it.';
  const undecided =
    finding.pairs >= fewestPairs && !isShown(finding.difference, finding.pairs)
      ? [
          `That no difference is shown does not show that there is none: with ${finding.pairs} pairs only differences beyond the interval are excluded.`,
        ]
      : [];
  return [...said, [follows], ...undecided.map((sentence) => [sentence])];
}

export function percent(value: number): string {
  const hundred = 100 * value;
  return `${hundred > 0 && hundred < 9.95 ? hundred.toFixed(1) : hundred.toFixed(0)} %`;
}

function points(value: number): string {
  return (100 * value).toFixed(0);
}

/** Three digits that count. */
export function amount(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function share(estimate: Estimate): string {
  return `${percent(estimate.value)} (95 % interval ${interval(estimate, percent)})`;
}

export function interval({ low, high }: Estimate, of: (value: number) => string): string {
  return `${of(low)} to ${of(high)}`;
}

export function unitOf(measure: string): string {
  return measure === 'probability' ? '' : ' logits';
}

export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
