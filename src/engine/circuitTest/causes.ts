import type { Change } from '../../core/change/change';
import { partNamed } from '../../core/change/changeText';
import { type CircuitCase, caseName, fill } from '../../core/circuitFile/cases';
import type { Cause, Claim, Parts } from '../../core/circuitFile/syntax';
import { WhenceError } from '../../core/errors';
import { type SteeringVector, steeringChange } from '../../core/steering';
import { changedRows } from '../change/logits';
import { sitesOf } from '../change/sites';
import { hookOf } from '../explain/trace';
import type { Model } from '../model';
import { fitText } from '../run/prompt';
import type { Tensor } from '../tensor';
import { type Answered, outputOf } from './evidence';

export type CauseClaim = Extract<Claim, { readonly kind: 'cause' }>;

/** A case with what the model made of it. */
export interface AnsweredCase {
  readonly subject: CircuitCase;
  readonly answered: Answered;
}

interface CauseOptions {
  /** By the paths that the file writes. */
  readonly vectors: Readonly<Record<string, SteeringVector>>;
  readonly signal?: AbortSignal;
}

/**
 * How far what each claim does moves its measure in each case, in the direction that the claim names: by claim, then by
 * case. The same is done once, however many claims speak of it; cases of as many tokens run together.
 *
 * @throws WhenceError `bad-argument` for what the model does not have, `bad-input` where prompts do not fit each other
 */
export async function causedChanges(
  model: Model,
  claims: readonly CauseClaim[],
  cases: readonly AnsweredCase[],
  { vectors, signal }: CauseOptions,
): Promise<ReadonlyMap<CauseClaim, readonly number[]>> {
  const causes = new Map(claims.map(({ cause }) => [keyOf(cause), cause]));
  const others = new OtherPrompts(model, signal);
  const rows = [];
  for (const cause of causes.values()) {
    for (const one of cases) {
      rows.push({ ids: one.answered.ids, changes: await changesOf(cause, one, others, vectors) });
    }
  }
  const logits = await changedRows(model, rows, { signal });
  const keys = [...causes.keys()];
  return new Map(
    claims.map((claim) => {
      const first = keys.indexOf(keyOf(claim.cause)) * cases.length;
      return [claim, cases.map(({ answered }, at) => changeOf(claim, answered, logits[first + at]!))];
    }),
  );
}

/** Alike for what is done alike, wherever it stands in the file. */
function keyOf(cause: Cause): string {
  return JSON.stringify(cause, (key, value: unknown) =>
    key === 'start' || key === 'end' ? undefined : value,
  );
}

function changeOf({ verb, measure }: CauseClaim, answered: Answered, changed: Float32Array): number {
  const fall = outputOf(answered, measure, answered.logits) - outputOf(answered, measure, changed);
  if (verb === 'changes') return Math.abs(fall);
  return verb === 'lowers' ? fall : -fall;
}

async function changesOf(
  cause: Cause,
  one: AnsweredCase,
  others: OtherPrompts,
  vectors: CauseOptions['vectors'],
): Promise<readonly Change[]> {
  switch (cause.kind) {
    case 'steering': {
      const vector = vectors[cause.path];
      if (vector) return [steeringChange(vector, cause.times)];
      throw new WhenceError('bad-argument', `The steering vector ${cause.path} was not given.`);
    }
    case 'patching':
      return others.patched(cause.parts, cause.prompt, one);
    case 'scaling':
      return everywhere(cause.parts, { kind: 'scale', factor: cause.factor });
    default:
      return everywhere(cause.parts, { kind: cause.kind });
  }
}

function everywhere({ names }: Parts, how: Change['how']): readonly Change[] {
  return names.map((name) => ({ part: partNamed(name), positions: 'all', how }));
}

/** What parts are in other prompts; each prompt runs once for the same parts. */
class OtherPrompts {
  private readonly known = new Map<string, ReadonlyMap<string, Tensor>>();

  constructor(
    private readonly model: Model,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The changes that give the parts the values that they have in another prompt, position by position. */
  async patched(
    { names }: Parts,
    prompt: string,
    { subject, answered }: AnsweredCase,
  ): Promise<readonly Change[]> {
    const { model } = this;
    const text = fill(prompt, subject.values);
    const { tokens } = fitText(model.tokenizer, text, subject.language, Number.POSITIVE_INFINITY);
    if (tokens.length !== answered.ids.length) {
      throw new WhenceError(
        'bad-input',
        `The prompt to patch from has ${tokens.length} tokens and the prompt of ${caseName(subject)} has ${answered.ids.length}: write it so that both have as many.`,
      );
    }
    const sites = names.flatMap((name) => sitesOf(partNamed(name), model));
    const hooks = [...new Set(sites.map(({ hook }) => hook))];
    const values = await this.values(
      tokens.map(({ id }) => id),
      hooks,
    );
    return sites.map(({ hook, units }) => {
      const { dims, data } = hookOf(values, hook);
      return {
        part: { kind: 'hook', hook, units },
        positions: 'all',
        how: { kind: 'set', value: { name: `${hook} in another prompt`, dims, data } },
      };
    });
  }

  private async values(ids: readonly number[], hooks: readonly string[]) {
    const key = JSON.stringify([ids, hooks]);
    const known = this.known.get(key);
    if (known) return known;
    const run = await this.model.forward({ ids: [ids], hooks, logits: 'none', signal: this.signal });
    this.known.set(key, run.hooks);
    return run.hooks;
  }
}
