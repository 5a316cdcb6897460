import { type CircuitCase, casesOf, type PromptText } from '../../core/circuitFile/cases';
import type { CaseResult, CircuitResult } from '../../core/circuitFile/result';
import type { CircuitFile, Claim } from '../../core/circuitFile/syntax';
import { type Measured, verdictOf } from '../../core/circuitFile/verdict';
import { type HeadScores, headName } from '../../core/model';
import { originOf } from '../../core/origin';
import { partNamed } from '../explain/methods/parts';
import type { Model } from '../model';
import { type AblationClaim, Evidence } from './evidence';

export interface RunOptions {
  /** One for each of the file's prompts, in their order. */
  readonly prompts: readonly PromptText[];
  /** Measures the roles of the heads; asked at most once, and only where the file speaks of a role. */
  readonly headScores: () => Promise<readonly HeadScores[]>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

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
  const { prompts, headScores, onProgress, signal } = options;
  const claims = file.expectations.map(({ claim }) => claim);
  for (const claim of claims) checkParts(model, claim);
  const ablations = claims.filter((claim): claim is AblationClaim => claim.kind === 'ablation');
  const subjects = casesOf(file, prompts);
  const measured: Measured[][] = claims.map(() => []);
  const cases: CaseResult[] = [];

  const scores = claims.some(({ kind }) => kind === 'role') ? await headScores() : [];
  for (const [index, claim] of claims.entries()) {
    if (claim.kind === 'role') measured[index]!.push(rolesIn(scores, claim.head.label));
  }
  for (const subject of subjects) {
    const evidence = await Evidence.of(model, subject, signal);
    await evidence.ablate(ablations);
    for (const [index, claim] of claims.entries()) {
      if (claim.kind !== 'role') measured[index]!.push(await measure(evidence, claim));
    }
    cases.push(caseResult(model, subject, evidence));
    onProgress?.(cases.length, subjects.length);
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

async function measure(
  evidence: Evidence,
  claim: Exclude<Claim, { readonly kind: 'role' }>,
): Promise<Measured> {
  switch (claim.kind) {
    case 'output':
      return evidence.output(claim.measure);
    case 'share':
      return evidence.share(claim.place);
    case 'origin':
      return originOf(await evidence.explanation()).kind;
    case 'attention':
      return evidence.attention(claim.head, claim.from, claim.to);
    case 'effect':
      return evidence.effect(claim.parts, claim.path);
    case 'ablation':
      return evidence.change(claim);
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
