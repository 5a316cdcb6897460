import type { Block } from './document';
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
import { summaryBlocks } from './summary';

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
    ...summaryBlocks(report),
    { kind: 'heading', level: 2, words: ['The evidence'] },
    { kind: 'text', words: ['For whoever works on the model or with it: each finding by itself.'] },
    ...audits.flatMap(evidence),
    ...methodBlocks(report),
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
