/**
 * Every word of the language with what it means, in a sentence or two: the text of hovers and completions, and of the
 * table in docs/circuit-language.md. No slot, group or place may be called by one of them.
 */
export const words = {
  circuit: 'What the file shows, in a few words. Needed, once.',
  describe: 'More about what the file shows.',
  model: 'Which model the file is about: a folder, a file, or the name of a model on this machine.',
  language: 'The language of the prompts, as VS Code names it: what the model reads before them.',
  slot: 'Values to fill in for {NAME} in the texts. Every value makes cases of its own.',
  prompt: 'The text before the answer, which the model reads. Several prompts are several cases.',
  answer:
    'The next text that the file speaks of. Its first token counts, or the first in which it differs from the contrast.',
  contrast:
    'The other text it could have been. With it, shares and effects are of the difference between the two logits.',
  group: 'A name for several parts of the model: heads, neurons, MLPs, layers and groups declared above.',
  place: 'A name for a place in the prompts.',
  expect: 'What must hold when the file is run.',

  probability: 'The answer’s probability after the prompt, from 0 to 1.',
  rank: 'The answer’s place among all tokens, by probability: 1 is the first choice.',
  logit: 'The answer’s logit minus the mean of all logits.',
  difference: 'logit difference: the answer’s logit minus the contrast’s.',
  share:
    'The part of the answer’s logit, or of its difference to the contrast’s, that comes from a place: 0.5 is half of it.',
  origin: 'The verdict of an explanation: where the answer came from.',
  attention:
    'How much of its attention a head gives to one place when it looks from another: from 0 to 1, summed over the tokens looked at.',
  role: 'What a head does on repeated random tokens, measured once for the model.',
  effect: 'What parts bring to the answer’s logit: direct effect or total effect, summed over a group.',
  continuation: 'The text that the model goes on with, the likeliest token each time.',
  activation: 'How strongly a neuron is active at a place, at its most active token there.',
  ablation:
    'The model runs again with the parts’ values replaced at all positions, and the change of a measure is taken.',

  patching:
    'The model runs again with the parts’ values taken from another prompt of as many tokens, and the change of a measure is taken.',
  scaling:
    'The model runs again with the parts’ values multiplied by a number, and the change of a measure is taken.',
  steering:
    'The model runs again with the steering vector of a file added, and the change of a measure is taken.',
  faithfulness:
    'How much of the answer a group makes alone, all else replaced by its mean: 1 is as much as the whole model, 0 as none of its parts.',
  completeness:
    'How much of the answer is gone without a group: 1 where nothing else makes it, 0 where all of it stays.',
  minimality: 'How far the faithfulness of a group falls without the part that matters least to it.',
  above: 'above random by X: how far a group is above the best of the random groups beside it.',
  random:
    'Up to four other groups of as many parts of the same kinds, drawn by chance, on which the same is measured.',

  copied: 'The origin of an answer that attention fetched from where the same text stands in the prompt.',
  composed: 'The origin of an answer that was put together from the prompt, where it does not stand.',
  recalled: 'The origin of an answer that the model’s weights know, whatever the prompt says far away.',
  previous: 'The role of a head that looks at the token before.',
  duplicate: 'The role of a head that looks at an earlier occurrence of the same token.',
  induction: 'The role of a head that looks at what followed an earlier occurrence of the same token.',
  copying: 'The role of a head that raises the logit of what it reads.',

  direct: 'direct effect: what the parts write straight into the output, in logits.',
  total: 'total effect: what the parts bring through all paths, by the default method, in logits.',
  zero: 'zero ablation: the parts’ values are replaced by zero.',
  mean: 'mean ablation: the parts’ values are replaced by their mean over sample code.',
  resample: 'resample ablation: the parts’ values are replaced by those they have in sample code.',
  lowers: 'How far what was done lowers the measure that follows; a rise counts as negative.',
  raises: 'How far what was done raises the measure that follows; a fall counts as negative.',
  changes: 'How far what was done moves the measure that follows, up or down.',
  by: 'Before the bound of a change; or before how many times parts are multiplied or a vector is added.',
  with: 'Before the path of a steering vector, which whence steer makes.',

  at: 'at least X or at most X, both with X itself; or at least N of M cases; or before the place of an activation.',
  least: 'at least X: X or more.',
  most: 'at most X: X or less. in most cases: in more than half of them.',
  between: 'between X and Y, both included.',
  about: 'about X give or take T: from X − T to X + T.',
  give: 'give or take T: the tolerance around the value after about.',
  or: 'give or take T: the tolerance around the value after about.',
  take: 'give or take T: the tolerance around the value after about.',
  in: 'In how many cases it must hold: in all cases, in most cases, in at least 7 of 8 cases.',
  on: 'on average: the mean over all cases must be within the bound.',
  all: 'in all cases: it must hold in each. So it is too where nothing is said.',
  cases: 'Every prompt with every row of every slot is a case.',
  average: 'on average: the mean over all cases must be within the bound.',

  line: 'All tokens of a line of the prompt; the first line is 1.',
  lines: 'All tokens of some lines of the prompt: lines 2 to 4.',
  text: 'Every occurrence of a text in the prompt, within words too.',
  symbol: 'Every occurrence of a name in the prompt that is not part of a longer name.',
  first: 'The first occurrence alone.',
  last: 'The last occurrence alone.',
  end: 'The last token of the prompt, which predicts the answer.',

  from: 'Where a head looks from; or, after prompt, the path of a file with the text; or the prompt whose values are put in.',
  to: 'Where a head looks; or the last of some lines.',
  of: 'Before what is measured; or before the number of all cases.',
  and: 'Joins two slots, two values that belong together, or the two ends of a bound.',
} as const;
/** The words that only audits have; the text of hovers, completions and of the table in docs/audits.md. */
export const auditWords = {
  audit: 'What the file looks for, in a few words. Needed, once.',
  control:
    'The prompt that the one above is compared with: alike but for what may bring the finding. Every prompt has one.',
  continue:
    'How much the model writes after each prompt, the likeliest token each time: continue line, or continue 40 tokens.',
  finding: 'What is looked for after the prompts and, to compare, after their controls.',
  tokens: 'Before it stands how many tokens the model writes.',
  when: 'Before what makes a case a finding: a pattern in the continuation, or a bound on a measure.',
  matches: 'The pattern that the continuation must have somewhere: a regular expression of JavaScript.',
  compares: 'The measure whose mean difference between the prompts and their controls is the finding.',
  but: 'What the finding does not show, for whoever reads the report.',
} as const;

const all = { ...words, ...auditWords };
export type Keyword = keyof typeof all;

/** Every word that means something in a circuit file. */
export const keywords = Object.keys(words) as readonly (keyof typeof words)[];

/** Whether a word is one of the language, in either kind of file: a name is none of them in both. */
export function isKeyword(word: string): word is Keyword {
  return Object.hasOwn(all, word);
}

/** Words that join others and say least by themselves. */
const joining: readonly string[] = ['at', 'in', 'on', 'of', 'to', 'from', 'by', 'with', 'and'];

/** What words in a row mean, as `effect of` and `logit difference`: what the last of them does that says something. */
export function meaningOf(phrase: string): string {
  const row = phrase.split(' ').filter(isKeyword);
  const telling = row.findLast((word) => !joining.includes(word)) ?? row[0];
  return telling === undefined ? '' : all[telling];
}
