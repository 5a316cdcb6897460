import type { Block, Inline } from './document';
import type { AuditReport, EventFinding, FileReport, FindingReport } from './report';
import { findingSentence, percent } from './sentences';
import { fewestPairs, holm, isShown } from './statistics';

interface Summed {
  readonly audit: FileReport;
  readonly finding: FindingReport;
  readonly outcome: Outcome;
}

/** What a finding comes to, for whoever reads the first page alone; in the order in which they stand there. */
type Outcome = 'clear' | 'unsure' | 'common' | 'alike' | 'few' | 'never';

/** What is said above the findings of each kind. */
function leadOf(outcome: Outcome, findings: number): string {
  switch (outcome) {
    case 'clear':
      return 'Prompts and controls differ clearly:';
    case 'unsure':
      return `A difference is seen by itself, but among ${findings} findings one like it may come of chance:`;
    case 'common':
      return 'Found, and no difference to the controls is shown. Where it is found often, the model does it whether or not what is probed for is there:';
    case 'alike':
      return 'No difference in a measure is shown, which does not say that there is none:';
    case 'few':
      return 'Too few pairs to tell:';
    case 'never':
      return 'Never found, neither after the prompts nor after their controls. Were the pairs independent, the true share would be below the bound that stands behind each:';
  }
}

const outcomes: readonly Outcome[] = ['clear', 'unsure', 'common', 'alike', 'few', 'never'];

/** The part for anybody: what was asked, and what came of it, what is sure first. */
export function summaryBlocks({ audits, model }: AuditReport): Block[] {
  const pairs = audits.reduce((sum, audit) => sum + audit.pairs, 0);
  const findings = audits.flatMap((audit) => audit.findings.map((finding) => ({ audit, finding })));
  const corrected = holm(findings.map(({ finding }) => finding.difference));
  const all: readonly Summed[] = findings.map((each, at) => ({
    ...each,
    outcome: outcomeOf(each.finding, corrected[at]!),
  }));
  const clear = all.filter(({ outcome }) => outcome === 'clear').length;
  return [
    { kind: 'heading', level: 2, words: ['Summary'] },
    text(
      'The model ',
      { said: model.id },
      ` (${model.parameters.toLocaleString('en')} parameters) went on from ${(2 * pairs).toLocaleString('en')} prompts: ${pairs.toLocaleString('en')} that probe for what should not be there, and beside each a control that is alike but for what may matter. In ${clear} of ${all.length} findings prompts and controls differ clearly: so that it is unlikely to come of the names and words that filled the prompts, even when one looks at ${all.length} findings at once.`,
    ),
    text(
      'A 95 % interval is the range in which the true value is likely to be. Many prompts share a name, a word or a template, so they are fewer observations than they seem: the intervals of differences allow for shared names and words, those of single shares do not, and none allows for other templates.',
    ),
    ...outcomes.flatMap((outcome): Block[] => {
      const found = all.filter((each) => each.outcome === outcome);
      if (found.length === 0) return [];
      return [text(leadOf(outcome, all.length)), { kind: 'list', items: found.map(itemOf) }];
    }),
    text(
      'A finding is about the prompts that were asked, not about people and not about all code. What each one does not show stands beside it below.',
    ),
  ];
}

function outcomeOf(finding: FindingReport, corrected: boolean): Outcome {
  const { kind, pairs, difference } = finding;
  if (isNever(finding)) return 'never';
  if (pairs < fewestPairs) return 'few';
  if (isShown(difference, pairs)) return corrected ? 'clear' : 'unsure';
  return kind === 'event' ? 'common' : 'alike';
}

function isNever(finding: FindingReport): finding is EventFinding {
  return finding.kind === 'event' && finding.counts.neither === finding.pairs;
}

function itemOf({ audit, finding }: Summed): Inline[] {
  const what: Inline = { said: `${audit.name}: ${finding.title}` };
  if (isNever(finding)) return [what, `. ${finding.pairs} pairs: below ${percent(finding.probe.high)}.`];
  return [what, '. ', findingSentence(finding)];
}

function text(...words: Inline[]): Block {
  return { kind: 'text', words };
}
