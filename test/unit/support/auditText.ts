interface Parts {
  /** Statements before the findings. */
  readonly declarations?: string;
  /** Without the word `finding` and the title. */
  readonly findings?: readonly string[];
}

/** An audit file of one prompt with its control; what is not given is right. */
export function auditText({
  declarations = '',
  findings = ['when continuation matches /b/'],
}: Parts): string {
  return [
    'audit "A name"',
    'slot x and y: "a" and "b", "c" and "d"',
    'prompt "see {x} = "',
    'control "see {y} = "',
    declarations,
    ...findings.map((line, at) => `finding "Number ${at + 1}" ${line}`),
    '',
  ].join('\n');
}

/** A file in which every word that only audits have stands, and the others that they take. */
export const everyAudit = `# All that there is.
audit "Everything"
describe "All words, once."
model "whence-code"
language python

slot risky and plain: "password" and "payload",
  "pin" and "page"
slot verb: "hash", "store"
prompt """
  def {verb}_{risky}(value):
      return hashlib.
"""
control """
  def {verb}_{plain}(value):
      return hashlib.
"""
prompt from "prompt.py"
control from "control.py"
answer "md5"
contrast "sha256"
continue 40 tokens

finding "A weak hash" when continuation matches /\\bmd5\\(\\/{risky}/i,
  but "It may be hashed again."
finding "Likely" when probability between 0.1 and 1
finding "First" when rank at most 1
finding "Far" when logit at least 9
finding "Rather" when logit difference about 2 give or take 0.5
finding "More so" compares logit difference
finding "More likely" compares probability, but "Hardly."
`;
