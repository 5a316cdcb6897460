import { checkPart } from '../../core/change/changePart';
import { partNamed as changedPart } from '../../core/change/changeText';
import { type CircuitCase, casesOf, type PromptText } from '../../core/circuitFile/cases';
import type { CaseResult, CircuitResult, MeasuredCase } from '../../core/circuitFile/result';
import type { CircuitFile, Claim } from '../../core/circuitFile/syntax';
import { judged, type Measured, verdictOf } from '../../core/circuitFile/verdict';
import type { CircuitQuestion } from '../../core/circuitTest';
import { type HeadScores, headName } from '../../core/model';
import type { SteeringVector } from '../../core/steering';
import { partNamed } from '../explain/methods/parts';
import type { Model } from '../model';
import { type AnsweredCase, causedChanges } from './causes';
import { Evidence } from './evidence';
import { type Quality, qualitiesOf } from './qualities';

export interface RunOptions {
  /** One for each of the file's prompts, in their order. */
  readonly prompts: readonly PromptText[];
  /** Measures the roles of the heads; asked at most once, and only where the file speaks of a role. */
  readonly headScores: () => Promise<readonly HeadScores[]>;
  /** Those that the file names, by the paths that it writes. */
  readonly vectors?: Readonly<Record<string, SteeringVector>>;
  /** Hears of each case when it is measured, in their order. */
  readonly onCase?: (measured: MeasuredCase) => void;
  readonly signal?: AbortSignal;
}

/** Cases that are changed together; what is kept of each meanwhile is small. */
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
  const { prompts, headScores, onCase, signal } = options;
  const claims = file.expectations.map(({ claim }) => claim);
  for (const claim of claims) checkParts(model, claim);
  const subjects = casesOf(file, prompts);
  const measured: Measured[][] = claims.map(() => []);
  const cases: CaseResult[] = [];

  const scores = claims.some(({ kind }) => kind === 'role') ? await headScores() : [];
  for (const [index, claim] of claims.entries()) {
    if (claim.kind === 'role') measured[index]!.push(rolesIn(scores, claim.head.label));
  }
  const size = claims.some(({ kind }) => kind === 'cause') ? together : 1;
  const questions: CircuitQuestion[] = [];
  for (let from = 0; from < subjects.length; from += size) {
    const measurements = await measureCases(model, claims, subjects.slice(from, from + size), options);
    for (const { result, values, asked } of measurements) {
      questions.push(asked);
      for (const [index, value] of values.entries()) if (value !== null) measured[index]!.push(value);
      cases.push(result);
      onCase?.({
        done: cases.length,
        total: subjects.length,
        case: result,
        measured: values.map((value, index) =>
          value === null ? null : judged(file.expectations[index]!, result.case, value, result),
        ),
      });
    }
  }

  const groups = claims.filter((claim) => claim.kind === 'circuit');
  const qualities: ReadonlyMap<Claim, Quality> = await qualitiesOf(model, groups, questions, signal);
  const expectations = file.expectations.map((expectation, index) => {
    const quality = qualities.get(expectation.claim);
    return verdictOf(expectation, quality ? [quality.value] : measured[index]!, cases, quality);
  });
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
  readonly asked: CircuitQuestion;
}

/** Measures some cases; what is done to the model is done for all of them together. */
async function measureCases(
  model: Model,
  claims: readonly Claim[],
  subjects: readonly CircuitCase[],
  { signal, vectors = {} }: RunOptions,
): Promise<Measurement[]> {
  const measured: (Measurement & AnsweredCase)[] = [];
  for (const subject of subjects) {
    const evidence = await Evidence.of(model, subject, signal);
    const values: (Measured | null)[] = [];
    for (const claim of claims) values.push(await measure(evidence, claim));
    const { answered, asked } = evidence;
    measured.push({ result: caseResult(model, subject, evidence), subject, answered, asked, values });
  }
  const causes = claims.filter((claim) => claim.kind === 'cause');
  const changes = await causedChanges(model, causes, measured, { vectors, signal });
  return measured.map(({ values, ...rest }, at) => ({
    ...rest,
    values: claims.map((claim, index) =>
      claim.kind === 'cause' ? changes.get(claim)![at]! : values[index]!,
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
    case 'continuation':
      return evidence.continuation(claim.text);
    case 'activation':
      return evidence.activation(claim.neuron, claim.place);
    case 'cause':
    case 'circuit':
    case 'role':
      return null;
  }
}

/** What the model does not have is an error, never a zero. */
function checkParts(model: Model, claim: Claim): void {
  for (const name of namedIn(claim)) {
    const part = changedPart(name);
    if (part.kind === 'head' || part.kind === 'mlp') partNamed(model, name);
    else checkPart(part, model.info);
  }
}

function namedIn(claim: Claim): readonly string[] {
  switch (claim.kind) {
    case 'attention':
    case 'role':
      return claim.head.names;
    case 'activation':
      return claim.neuron.names;
    case 'effect':
    case 'circuit':
      return claim.parts.names;
    case 'cause':
      return claim.cause.kind === 'steering' ? [] : claim.cause.parts.names;
    default:
      return [];
  }
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
