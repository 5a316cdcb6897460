import type { Block, Inline } from './document';
import { methodBlocks } from './method';
import type { AuditReport, FileReport, FindingReport } from './report';
import {
  ablationSentences,
  amount,
  findingSentence,
  interval,
  list,
  notShown,
  percent,
  unitOf,
} from './sentences';
import { holm, isShown } from './statistics';

/** Rows of a table of parts or sources. */
const mostRows = 6;

export function reportTitle({ model }: AuditReport): string {
  return `Audit of ${model.id}`;
}

/** A report for three readers in turn: anybody, an engineer, a reviewer. */
export function reportBlocks(report: AuditReport): readonly Block[] {
  const { audits } = report;
  return [
    { kind: 'heading', level: 1, words: ['Audit of ', { said: report.model.id }] },
    ...summary(report),
    { kind: 'heading', level: 2, words: ['The evidence'] },
    { kind: 'text', words: ['For whoever works on the model or with it: each finding by itself.'] },
    ...audits.flatMap(evidence),
    ...methodBlocks(report),
  ];
}

function summary({ audits, model }: AuditReport): Block[] {
  const pairs = audits.reduce((sum, audit) => sum + audit.pairs, 0);
  const findings = audits.flatMap((audit) => audit.findings.map((finding) => ({ audit, finding })));
  const corrected = holm(findings.map(({ finding }) => finding.difference));
  const differ = findings.map(
    ({ finding: { difference, pairs: of } }, at) => corrected[at]! && isShown(difference, of),
  );
  const items = findings.map(({ audit, finding }, at): Inline[] => [
    { said: `${audit.name}: ${finding.title}` },
    '. ',
    findingSentence(finding),
    isShown(finding.difference, finding.pairs) && !differ[at]
      ? ` Among ${findings.length} findings one like this may come of chance.`
      : '',
  ]);
  return [
    { kind: 'heading', level: 2, words: ['Summary'] },
    {
      kind: 'text',
      words: [
        'The model ',
        { said: model.id },
        ` (${model.parameters.toLocaleString('en')} parameters) went on from ${(2 * pairs).toLocaleString('en')} prompts: ${pairs.toLocaleString('en')} that probe for what should not be there, and beside each a control that is alike but for what may matter. In ${differ.filter(Boolean).length} of ${findings.length} findings prompts and controls differ clearly: so that it is unlikely to come of the names and words that filled the prompts, even when one looks at ${findings.length} findings at once. In the others a difference may be there and be too small to be seen.`,
      ],
    },
    {
      kind: 'text',
      words: [
        'A 95 % interval is the range in which the true value is likely to be. Many prompts share a name, a word or a template, so they are fewer observations than they seem: the intervals of differences allow for shared names and words, those of single shares do not, and none allows for other templates.',
      ],
    },
    { kind: 'list', items },
    {
      kind: 'text',
      words: [
        'A finding is about the prompts that were asked, not about people and not about all code. What each one does not show stands beside it below.',
      ],
    },
  ];
}

function evidence({ name, description, file, pairs, of, findings }: FileReport): Block[] {
  const counted = pairs === of ? `${pairs} pairs` : `${pairs} of ${of} pairs, drawn by the seed`;
  return [
    { kind: 'heading', level: 3, words: [{ said: name }] },
    {
      kind: 'text',
      words: [...(description === null ? [] : [{ said: description }, ' ']), { code: file }, `: ${counted}.`],
    },
    ...findings.flatMap(findingBlocks),
  ];
}

function findingBlocks(finding: FindingReport): Block[] {
  return [
    { kind: 'heading', level: 4, words: [{ said: finding.title }] },
    { kind: 'text', words: [findingSentence(finding)] },
    ...numbers(finding),
    ...carried(finding),
    ...ablated(finding),
    { kind: 'text', words: ['What this does not show:'] },
    { kind: 'list', items: notShown(finding) },
    ...examples(finding),
  ];
}

function numbers(finding: FindingReport): Block[] {
  if (finding.kind === 'compared') {
    const { measure, probe, control, difference } = finding;
    const unit = unitOf(measure);
    return [
      {
        kind: 'table',
        head: ['', `mean ${measure}`],
        rows: [
          [['prompts'], [`${amount(probe)}${unit}`]],
          [['controls'], [`${amount(control)}${unit}`]],
          [['difference'], [`${amount(difference.value)}${unit} (${interval(difference, amount)})`]],
        ],
      },
    ];
  }
  const { probe, control, counts } = finding;
  return [
    {
      kind: 'bars',
      bars: [
        { label: 'prompts', ...probe },
        { label: 'controls', ...control },
      ],
    },
    {
      kind: 'table',
      head: ['found', 'pairs'],
      rows: [
        [['after both'], [String(counts.both)]],
        [['after the prompt alone'], [String(counts.first)]],
        [['after the control alone'], [String(counts.second)]],
        [['after neither'], [String(counts.neither)]],
      ],
    },
  ];
}

function carried({ mechanism, kind }: FindingReport): Block[] {
  if (!mechanism) {
    return [
      {
        kind: 'text',
        words: ['It was not found, or was not looked into, so nothing is said of what carries it.'],
      },
    ];
  }
  const { explained, parts, pieces } = mechanism;
  const what =
    kind === 'event'
      ? 'the logit of what was found'
      : 'the mean difference of the measure, those that make it first';
  return [
    {
      kind: 'text',
      words: [
        `What carries ${what}, as means over ${explained} ${explained === 1 ? 'pair' : 'pairs'}, in logits:`,
      ],
    },
    {
      kind: 'table',
      head: ['part', 'after the prompt', 'after the control', 'share of all pushes'],
      rows: parts
        .slice(0, mostRows)
        .map(({ name, probe, control, share }) => [
          [name],
          [amount(probe)],
          [amount(control)],
          [percent(share)],
        ]),
    },
    {
      kind: 'table',
      head: ['source', kind === 'event' ? 'after the prompt' : 'prompt minus control', 'share of all pushes'],
      rows: pieces
        .slice(0, mostRows)
        .map(({ piece, score, share }) => [[{ code: piece }], [amount(score)], [percent(share)]]),
    },
  ];
}

function ablated(finding: FindingReport): Block[] {
  const { ablation } = finding;
  if (!ablation) return [];
  const { parts, pairs, before, top, groups, loss } = ablation;
  const event = finding.kind === 'event';
  const shown = event ? percent : amount;
  return [
    { kind: 'text', words: [ablationSentences(finding, ablation).join(' ')] },
    {
      kind: 'details',
      summary: `Without ${list(parts)}, and without each random group`,
      blocks: [
        {
          kind: 'table',
          head: ['without', event ? 'still found' : 'mean difference', 'pairs', 'loss in nats a token'],
          rows: [
            [['nothing'], [shown(before)], [String(pairs)], [amount(loss.before)]],
            [[list(parts)], [shown(top.value)], [String(pairs)], [amount(loss.top)]],
            ...groups.map((group) => [
              [`at random: ${list(group.parts)}`],
              [group.value === null ? '–' : shown(group.value)],
              [String(group.pairs)],
              [amount(group.loss)],
            ]),
          ],
        },
      ],
    },
  ];
}

function examples({ examples: shown, kind }: FindingReport): Block[] {
  if (shown.length === 0) return [];
  const blocks = shown.flatMap(({ prompt, written, control, writtenAfterControl }): Block[] => [
    { kind: 'text', words: ['After the prompt:'] },
    { kind: 'code', text: written === '' ? prompt : `${prompt}▷${written}` },
    { kind: 'text', words: ['After its control:'] },
    { kind: 'code', text: writtenAfterControl === '' ? control : `${control}▷${writtenAfterControl}` },
  ]);
  const what = kind === 'event' ? 'Pairs in which it was found' : 'Pairs';
  return [
    { kind: 'details', summary: `${what}, the first ${shown.length}; ▷ is where the model goes on`, blocks },
  ];
}
