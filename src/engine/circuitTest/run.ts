import { type CircuitCase, casesOf, type PromptText } from '../../core/circuitFile/cases';
import type { CaseResult, CircuitResult, MeasuredCase } from '../../core/circuitFile/result';
import type { CircuitFile, Claim } from '../../core/circuitFile/syntax';
import { judged, type Measured, verdictOf } from '../../core/circuitFile/verdict';
import { type HeadScores, headName } from '../../core/model';
import { partNamed } from '../explain/methods/parts';
import type { Model } from '../model';
import { ablationChanges } from './ablations';
import { type Answered, Evidence } from './evidence';

export interface RunOptions {
  /** One for each of the file's prompts, in their order. */
  readonly prompts: readonly PromptText[];
  /** Measures the roles of the heads; asked at most once, and only where the file speaks of a role. */
  readonly headScores: () => Promise<readonly HeadScores[]>;
  /** Hears of each case when it is measured, in their order. */
  readonly onCase?: (measured: MeasuredCase) => void;
  readonly signal?: AbortSignal;
}

/** Cases that are ablated together; what is kept of each meanwhile is small. */
const together = 16;

/**
 * Holds a circuit file against a model: every expectation is measured in every case.
 *
 * @throws WhenceError `bad-argument` or `bad-input` when something it names is not in the model or in a prompt,
 * `cancelled` when the signal was aborted
 */
export async function runCircuit(
  model: Model,
  file: CircuitFile,
  options: RunOptions,
): Promise<CircuitResult> {
  const { prompts, headScores, onCase } = options;
  const claims = file.expectations.map(({ claim }) => claim);
  for (const claim of claims) checkParts(model, claim);
  const subjects = casesOf(file, prompts);
  const measured: Measured[][] = claims.map(() => []);
  const cases: CaseResult[] = [];

  const scores = claims.some(({ kind }) => kind === 'role') ? await headScores() : [];
  for (const [index, claim] of claims.entries()) {
    if (claim.kind === 'role') measured[index]!.push(rolesIn(scores, claim.head.label));
  }
  const size = claims.some(({ kind }) => kind === 'ablation') ? together : 1;
  for (let from = 0; from < subjects.length; from += size) {
    const measurements = await measureCases(model, claims, subjects.slice(from, from + size), options.signal);
    for (const { result, values } of measurements) {
      for (const [index, value] of values.entries()) if (value !== null) measured[index]!.push(value);
      cases.push(result);
      onCase?.({
        done: cases.length,
        total: subjects.length,
        case: result,
        measured: values.map((value, index) =>
          value === null ? null : judged(file.expectations[index]!, result.case, value),
        ),
      });
    }
  }

  const expectations = file.expectations.map((expectation, index) =>
    verdictOf(expectation, measured[index]!),
  );
  return {
    name: file.name,
    description: file.description,
    holds: expectations.every(({ holds }) => holds),
    cases,
    expectations,
  };
}

interface Measurement {
  readonly result: CaseResult;
  /** By claim; null for one about the model alone. */
  readonly values: readonly (Measured | null)[];
}

/** Measures some cases, the ablations of all of them together. */
async function measureCases(
  model: Model,
  claims: readonly Claim[],
  subjects: readonly CircuitCase[],
  signal?: AbortSignal,
): Promise<Measurement[]> {
  const measured: { result: CaseResult; answered: Answered; values: (Measured | null)[] }[] = [];
  for (const subject of subjects) {
    const evidence = await Evidence.of(model, subject, signal);
    const values: (Measured | null)[] = [];
    for (const claim of claims) values.push(await measure(evidence, claim));
    measured.push({ result: caseResult(model, subject, evidence), answered: evidence.answered, values });
  }
  const ablations = claims.filter((claim) => claim.kind === 'ablation');
  const changes = await ablationChanges(
    model,
    ablations,
    measured.map(({ answered }) => answered),
    signal,
  );
  return measured.map(({ result, values }, at) => ({
    result,
    values: claims.map((claim, index) =>
      claim.kind === 'ablation' ? changes.get(claim)![at]! : values[index]!,
    ),
  }));
}

/** Null for what is measured for all cases together. */
async function measure(evidence: Evidence, claim: Claim): Promise<Measured | null> {
  switch (claim.kind) {
    case 'output':
      return evidence.output(claim.measure);
    case 'share':
      return evidence.share(claim.place);
    case 'origin':
      return evidence.origin();
    case 'attention':
      return evidence.attention(claim.head, claim.from, claim.to);
    case 'effect':
      return evidence.effect(claim.parts, claim.path);
    case 'ablation':
    case 'role':
      return null;
  }
}

/** What the model does not have is an error, never a zero. */
function checkParts(model: Model, claim: Claim): void {
  const named = 'parts' in claim ? claim.parts : 'head' in claim ? claim.head : null;
  for (const name of named?.names ?? []) partNamed(model, name);
}

function rolesIn(scores: readonly HeadScores[], name: string): string {
  const found = scores.find(({ layer, head }) => headName(layer, head) === name);
  return found && found.roles.length > 0 ? found.roles.join(', ') : 'no role';
}

function caseResult({ tokenizer }: Model, subject: CircuitCase, { question }: Evidence): CaseResult {
  const { target, contrast } = question;
  return {
    case: subject.index,
    values: subject.values,
    prompt: subject.text,
    answer: tokenizer.textOf(target),
    contrast: contrast === null ? null : tokenizer.textOf(contrast),
  };
}
