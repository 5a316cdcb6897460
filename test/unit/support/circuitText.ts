interface Parts {
  readonly contrast?: string;
  /** Statements before the expectations. */
  readonly declarations?: string;
  /** Without the word `expect`. */
  readonly expectations?: readonly string[];
}

/** A circuit file of two prompts; what is not given is right. */
export function circuitText({
  contrast,
  declarations = '',
  expectations = ['rank at most 1'],
}: Parts): string {
  return [
    'circuit "A name"',
    'prompt "x = a\\ny = "',
    'prompt "z = a\\ny = "',
    'answer "a"',
    ...(contrast === undefined ? [] : [`contrast ${contrast}`]),
    declarations,
    ...expectations.map((line) => `expect ${line}`),
    '',
  ].join('\n');
}

/** A file in which every word of the language stands. */
export const everything = `# All that there is.
circuit "Everything"
describe "All words, once."
model "whence-code"
language python

slot open and close: "(" and ")",
  "[" and "]"
prompt "x = f{open}a, 1"
prompt """
  def f():
      return g{open}1
"""
prompt from "prompt.py"
answer "{close}"
contrast "\\"\\\\\\n"

group pair: L2H0, L1MLP
group more: pair, L0H1
group all_kinds: more, L1N5, L3
place start: lines 1 to 2

expect probability at least 0.5 in all cases
expect rank at most 1 in most cases
expect logit between 1 and 2.5 on average
expect logit difference about 2 give or take 0.5 in at least 5 of 6 cases
expect share of start at least 0.1
expect share of line 1 at least 0.1
expect share of text "{open}" at most 0.9
expect origin copied
expect origin composed
expect origin recalled
expect attention of L3H0 from end to last text "{open}" at least 0.8
expect attention of L3H0 from first symbol "f" to start at least 0
expect role of L1H0 previous
expect role of L1H0 duplicate
expect role of L1H0 induction
expect role of L1H0 copying
expect direct effect of pair at least 1
expect total effect of more at least -1
expect zero ablation of pair lowers probability by at least 0.1
expect mean ablation of pair raises logit by at least 0.1
expect resample ablation of more changes logit difference by at most 0.1
expect continuation "{close}\\n" in most cases
expect activation of L1N5 at start at least 0.1
expect patching of all_kinds from "y = f{open}a, 1" lowers probability by at least 0.1
expect scaling of L1N5 by 2 raises logit by at least 0.1
expect steering with "vector.json" changes probability by at least 0.1
expect steering with "vector.json" by -2.5 raises logit by at least 0.1
expect faithfulness of more at least 0.8
expect completeness of more at least 0.5
expect minimality of all_kinds at least 0.01
expect faithfulness of more above random by at least 0.1
expect completeness of more above random by at least 0.1
`;
