// Is the verdict right? Where a token is said to be copied, composed or recalled, and which names are marked as supported by
// nothing, against cases of known answer and against experiments on real code. The limits in src/core/origin.ts and
// src/core/unsupported.ts were chosen on the first half of the cases of each kind, the tables are of the second.
import { nearbyTokens } from '../src/core/origin';
import { loadModel } from '../src/engine/run/load';
import { apiNames } from './support/apiNames';
import { type Judged, judgeComposed, judgeConstructed, judgeReal } from './support/originJudges';

/** Share of the constructed cases that must be told apart rightly. */
const goal = 0.9;

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const constructed = await judgeConstructed(model);
  const accuracy = tell(
    'Constructed: invented names due again, against words of languages and libraries',
    constructed,
    {
      copied: ['copied'],
      recalled: ['recalled'],
    },
  );
  tell(
    'Constructed: members of a value whose kind is told far up, against words of languages and libraries',
    [
      ...constructed.filter(({ truth, verdict }) => truth === 'recalled' && verdict !== 'copied'),
      ...(await judgeComposed(model)),
    ],
    { composed: ['composed'], recalled: ['recalled'] },
  );
  tell(
    'Names after a dot that the model drew: do they exist?',
    (await apiNames(model)).map(({ exists, marked }) => ({
      truth: exists ? 'exists' : 'made up',
      verdict: marked ? 'unsupported' : 'no mark',
    })),
    {
      exists: ['no mark'],
      'made up': ['unsupported'],
    },
  );
  const real = await judgeReal(model);
  tell('Real code: does the token go when its earlier occurrences do?', real.copying, {
    'goes with them': ['copied'],
    stays: ['composed', 'recalled'],
  });
  const reach = { suffice: ['recalled'], 'more is needed': ['composed'] };
  const question = `Real code, tokens that stay: do the last ${nearbyTokens} tokens suffice?`;
  tell(`${question} By the shares alone`, real.byShares, reach);
  tell(`${question} By the measured check`, real.byCheck, reach);
  await model.close();
  if (accuracy < goal) {
    console.error(`Below the goal of ${goal}.`);
    process.exitCode = 1;
  }
}

/** Prints the second half as a confusion table; `right` says which verdicts are right for each truth. */
function tell(
  title: string,
  judged: readonly Judged[],
  right: Readonly<Record<string, readonly string[]>>,
): number {
  const tested = judged.filter((_, index) => index % 2 === 1);
  const verdicts = [...new Set([...Object.values(right).flat(), ...tested.map(({ verdict }) => verdict)])];
  console.log(`\n${title}\n`);
  console.log(`${''.padEnd(18)}${verdicts.map((verdict) => verdict.padStart(10)).join('')}`);
  for (const truth of Object.keys(right)) {
    const counts = verdicts.map(
      (verdict) => tested.filter((one) => one.truth === truth && one.verdict === verdict).length,
    );
    console.log(`${truth.padEnd(18)}${counts.map((count) => String(count).padStart(10)).join('')}`);
  }
  const hits = tested.filter(({ truth, verdict }) => right[truth]!.includes(verdict)).length;
  const commonest = Math.max(
    ...Object.keys(right).map((truth) => tested.filter((one) => one.truth === truth).length),
  );
  const percent = (count: number) => `${((100 * count) / tested.length).toFixed(1)}%`;
  console.log(
    `\n${percent(hits)} of ${tested.length} right; always saying the commonest would be ${percent(commonest)}.`,
  );
  return hits / tested.length;
}

void main();
