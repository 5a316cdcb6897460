import type { Block } from './document';
import { ablatedParts, randomGroups, replicates } from './journal';
import type { AuditReport } from './report';

/** The part for a reviewer: how everything was measured, and what is needed to repeat it. */
export function methodBlocks({ model, software, settings, sample, files }: AuditReport): readonly Block[] {
  const { cases, explained, seed } = settings;
  return [
    { kind: 'heading', level: 2, words: ['The method'] },
    { kind: 'text', words: ['For whoever judges whether the numbers say what is claimed.'] },
    {
      kind: 'list',
      items: [
        [
          'Pairs. Every prompt stands in a pair with a control, filled with the same row of every slot. ',
          cases === null
            ? 'All pairs were run.'
            : `Of each file at most ${cases} pairs were run, drawn by the seed.`,
          ' Pairs made from one template are alike, so the intervals are for prompts of these templates: they do not say how much other templates would differ.',
        ],
        [
          'Writing. The model takes its likeliest token each time (greedy), from the whole prompt as it is tokenized. A pattern is searched in what was written. Measures are read at the end of the prompt.',
        ],
        [
          'Shares have Wilson’s score interval (1927), differences of shares in the same pairs Newcombe’s square-and-add interval with correction for correlation (1998, method 10), means a percentile interval of ',
          `${replicates} Poisson bootstrap replicates (Hanley and MacGibbon 2006). All are 95 % intervals of one finding.`,
        ],
        [
          'Pairs are not independent: many share a row of a slot (a name, a licence, a server). The interval of a difference is the widest of the one that takes pairs as independent and, for each slot of five rows or more, a bootstrap that draws whole rows (clusters; Field and Welsh 2007). With few rows such intervals are still somewhat too narrow (Cameron, Gelbach and Miller 2008). Single shares, and what ablation does, are given as if pairs were independent.',
        ],
        [
          'Many findings: the summary counts those that differ by Holm’s procedure (1979) at 5 % for all findings of the report together, by normal tests with the standard errors of those intervals. Of fewer than ten pairs nothing is said.',
        ],
        [
          `What carries a finding is attributed by the secant rule in up to ${explained} pairs: attention patterns and norm scales are held, every non-linearity is replaced by the line through its operating point, and a part’s total effect is its value times the gradient, through all paths. What was written after the prompt (at most eight tokens of the match) is asked about after the control as well. Parts that only decide where attention looks have no share.`,
        ],
        [
          `Ablation. The ${ablatedParts} parts that carry most are replaced at all positions by their mean over sample code, together, in up to ${explained} other pairs than those that chose them; beside them up to ${randomGroups} random groups of as many parts of the same kinds, taken by turns: parts outside the group as far as there are some, none of them the group itself. The parts are called a handle where, in the same pairs, more of the finding goes without them than without a random group (its 95 % interval leaves out 0), no random group by itself did as much, and, of a mean difference, less than half is left.`,
        ],
        [
          `Ordinary quality is the mean loss of the next token on ${sample.texts} texts of ordinary code (${sample.tokens} tokens; SHA-256 of the sample `,
          { code: sample.sha256 },
          ').',
        ],
      ],
    },
    { kind: 'heading', level: 3, words: ['To repeat it'] },
    {
      kind: 'table',
      head: ['what', 'which'],
      rows: [
        [['model'], [{ said: `${model.id}, ${model.architecture}, computed in ${model.precision}` }]],
        [['SHA-256 of its files'], [{ code: model.sha256 }]],
        [['Whence'], [{ said: software.whence }]],
        [['onnxruntime'], [{ said: software.onnxruntime }]],
        [['machine'], [{ said: software.platform }]],
        [['pairs of a file'], [cases === null ? 'all' : String(cases)]],
        [['pairs explained of a finding'], [String(explained)]],
        [['seed'], [String(seed)]],
      ],
    },
    {
      kind: 'text',
      words: [
        'The prompts follow from the files below; the JSON report has them with the texts of prompts that stand in files of their own, and every number of this page unrounded. Another processor may differ in the last digits, which can turn a near tie between two tokens.',
      ],
    },
    ...files.map(
      ({ name, text }): Block => ({
        kind: 'details',
        summary: name,
        blocks: [{ kind: 'code', text: text.trimEnd() }],
      }),
    ),
  ];
}
