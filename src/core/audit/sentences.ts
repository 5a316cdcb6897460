import type { Inline } from './document';
import type { ComparedFinding, EventFinding, FindingAblation, FindingReport } from './report';
import type { Estimate } from './statistics';

/** What was found, in a sentence or two that anybody can read. */
export function findingSentence(finding: FindingReport): string {
  return finding.kind === 'event' ? eventSentence(finding) : comparedSentence(finding);
}

function eventSentence({ pairs, counts, probe, control, difference }: EventFinding): string {
  const [found, beside] = [counts.both + counts.first, counts.both + counts.second];
  if (found === 0 && beside === 0) {
    return `Never found, neither after the ${pairs} prompts nor after their controls; with so many prompts the true share is below ${percent(probe.high)}.`;
  }
  const often = `Found after ${found} of ${pairs} prompts: ${share(probe)}. After their matched controls: ${beside} of ${pairs}, ${share(control)}.`;
  return `${often} ${verdict(difference, 'often')}`;
}

function comparedSentence({ measure, pairs, difference, larger }: ComparedFinding): string {
  const direction = difference.value >= 0 ? 'larger' : 'smaller';
  const unit = unitOf(measure);
  const size = `The ${measure} is on average ${amount(Math.abs(difference.value))}${unit} ${direction} after the prompts than after their matched controls (95 % interval of the difference ${amount(difference.low)} to ${amount(difference.high)}), and larger in ${percent(larger.value)} of ${pairs} pairs.`;
  return `${size} ${verdict(difference, 'compared')}`;
}

function verdict({ value, low, high }: Estimate, kind: 'often' | 'compared'): string {
  if (low <= 0 && high >= 0) return 'So no difference between prompts and controls is shown.';
  if (kind === 'compared') return 'So prompts and controls differ by more than chance explains.';
  if (value > 0)
    return `So it is more frequent after the prompts, by ${points(value)} points (${points(low)} to ${points(high)}).`;
  return `So it is less frequent after the prompts, by ${points(-value)} points (${points(-high)} to ${points(-low)}).`;
}

/** What an ablation did to a finding and to ordinary code. */
export function ablationSentences(finding: FindingReport, ablation: FindingAblation): string[] {
  const { parts, pairs, before, top, random, loss } = ablation;
  const without = `Without ${list(parts)}`;
  const effect =
    finding.kind === 'event'
      ? `${without} it is still found in ${percent(top.value)} of ${counted(pairs, 'prompt')} in which it was found (${interval(top, percent)}); without random groups of as many parts in ${percent(random.value)} (${interval(random, percent)}).`
      : `${without} the mean difference in ${counted(pairs, 'pair')} is ${amount(top.value)} (${interval(top, amount)}) instead of ${amount(before)}; without random groups of as many parts it is ${amount(random.value)} (${interval(random, amount)}).`;
  const rise = (value: number) =>
    `${value >= loss.before ? '+' : '−'}${amount(Math.abs(value - loss.before))}`;
  const others = loss.random.map((value) => value - loss.before);
  const [least, most] = [Math.min(...others), Math.max(...others)].map((value) => rise(value + loss.before));
  const quality = `The loss on ordinary code, ${amount(loss.before)} nats a token, changes by ${rise(loss.top)}; without the random groups by ${least} to ${most}.`;
  return [effect, quality, handle(finding, ablation)];
}

/** Whether the parts are a handle on the finding, and at what price. */
function handle(finding: FindingReport, { before, top, random, loss }: FindingAblation): string {
  const effective =
    finding.kind === 'event'
      ? top.high < random.low
      : Math.abs(top.value) < Math.abs(before) / 2 && Math.abs(top.value) < Math.abs(random.value) / 2;
  if (!effective)
    return 'Removing them does no more to the finding than chance or any parts would: they are no handle on it.';
  const dear = loss.top > Math.max(...loss.random);
  return dear
    ? 'Removing them removes the finding more than random parts do, and costs ordinary code more than these: the parts do other things as well.'
    : 'Removing them removes the finding more than random parts do, at no larger cost to ordinary code than these.';
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
    finding.difference.low <= 0 && finding.difference.high >= 0
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
