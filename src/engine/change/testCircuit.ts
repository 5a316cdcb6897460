import type { Change } from '../../core/change/change';
import { checkPart } from '../../core/change/changePart';
import { partName, printSelection } from '../../core/change/changeText';
import {
  type CircuitNode,
  type CircuitTested,
  type Kept,
  mostDraws,
  mostMinimal,
  type TestCircuitParams,
  usualDraws,
} from '../../core/circuitTest';
import { WhenceError } from '../../core/errors';
import { identityOf } from '../../core/model';
import { Distribution } from '../explain/distribution';
import { tokenMetric } from '../explain/metric';
import { resolve } from '../explain/question';
import { randomFrom } from '../explain/random';
import type { Model } from '../model';
import { grainOf, keepingOnly, leavingOut, partCount, randomGroupsOf, unavoidable } from './keepOnly';
import { changedLogits } from './logits';

/** Relative to the larger of the two: the metrics of the whole model and of nothing kept are the same. */
const same = 1e-6;

export interface TestCircuitOptions {
  readonly signal?: AbortSignal;
  /** In [0, 1]; called after each question. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Tests a circuit: it alone, everything but it, random circuits of its size, and, if asked for, it without each node.
 *
 * @throws WhenceError `bad-argument` for parts that the model lacks or a test that would be too large, `cancelled`
 */
export async function testCircuit(
  model: Model,
  params: TestCircuitParams,
  { signal, onProgress }: TestCircuitOptions = {},
): Promise<CircuitTested> {
  const { nodes, questions, ablation, draws = usualDraws, seed } = params;
  check(model, params);
  const grain = grainOf(nodes);
  const random = randomFrom([seed]);
  const circuits = [nodes, ...randomGroupsOf(model, nodes, draws, random)];
  const smaller = params.minimality ? nodes.map((_, left) => nodes.filter((__, at) => at !== left)) : [];

  const whole = new Mean();
  const none = new Mean();
  const sums = circuits.map(() => ({ alone: new Mean(), without: new Mean(), probability: new Mean() }));
  const reduced = smaller.map(() => new Mean());
  const contrasted: boolean[] = [];
  for (const question of questions) {
    const { trace, target, contrast } = await resolve(model, { ...question, verify: false }, signal);
    const metric = tokenMetric({ target, contrast });
    const only = (kept: readonly CircuitNode[]) =>
      keepingOnly(model, kept, grain, ablation, trace.ids.length);
    const sets: Change[][] = [
      only([]),
      ...circuits.flatMap((kept) => [only(kept), leavingOut(kept, grain, ablation)]),
      ...smaller.map(only),
    ];
    const outcomes = await changedLogits(model, trace.ids, sets, { signal });
    const [empty, ...rest] = outcomes.map((logits) => metric.valueOf(logits));
    whole.add(metric.valueOf(trace.logits));
    none.add(empty!);
    for (const [index, { alone, without, probability }] of sums.entries()) {
      alone.add(rest[2 * index]!);
      without.add(rest[2 * index + 1]!);
      probability.add(new Distribution(outcomes[1 + 2 * index]!).probabilityOf(target));
    }
    for (const [index, sum] of reduced.entries()) sum.add(rest[2 * circuits.length + index]!);
    contrasted.push(contrast !== null);
    onProgress?.(contrasted.length / questions.length);
  }
  if (contrasted.includes(true) && contrasted.includes(false)) {
    throw refused('Some questions have a contrast and others none, so their metrics cannot be averaged');
  }

  const span = whole.value - none.value;
  const share = (value: number) =>
    Math.abs(span) <= same * Math.max(1, Math.abs(whole.value)) ? null : (value - none.value) / span;
  const [circuit, ...drawn] = sums.map(
    ({ alone, without, probability }): Kept => ({
      alone: alone.value,
      without: without.value,
      faithfulness: share(alone.value),
      rest: share(without.value),
      probability: probability.value,
    }),
  );
  return {
    schemaVersion: 1,
    model: identityOf(model.info),
    metric: contrasted.includes(true) ? 'logitDifference' : 'logit',
    ablation,
    questions: questions.length,
    parts: new Set(nodes.map(({ part }) => partName(part))).size,
    all: partCount(model, grain),
    whole: whole.value,
    none: none.value,
    circuit: circuit!,
    random: drawn,
    unavoidable: unavoidable(model, nodes),
    seed,
    minimality: params.minimality
      ? reduced.map(({ value }, index) => ({
          name: nameOf(nodes[index]!),
          loss: share(none.value + circuit!.alone - value),
        }))
      : null,
  };
}

class Mean {
  private sum = 0;
  private count = 0;

  add(value: number): void {
    this.sum += value;
    this.count++;
  }

  get value(): number {
    return this.sum / this.count;
  }
}

/** `L3H2`, or `L3H2[4]` where it stands for some positions. */
function nameOf({ part, positions }: CircuitNode): string {
  return positions === 'all' ? partName(part) : `${partName(part)}[${printSelection(positions)}]`;
}

function check(
  { info }: Model,
  { nodes, questions, draws = usualDraws, seed, minimality }: TestCircuitParams,
): void {
  if (nodes.length === 0) throw refused('A circuit without parts is nothing to test: give some');
  if (questions.length === 0) throw refused('A circuit is tested on a token at least: give a question');
  if (!Number.isInteger(draws) || draws < 0 || draws > mostDraws) {
    throw refused(`A test has 0 to ${mostDraws} random circuits beside it, not ${draws}`);
  }
  if (!Number.isSafeInteger(seed)) throw refused(`The seed is ${seed}: give a whole number`);
  if (minimality && nodes.length > mostMinimal) {
    throw refused(
      `Each of ${nodes.length} parts would be left out by itself, at most ${mostMinimal} can be: test a smaller circuit, or leave minimality out`,
    );
  }
  for (const { part } of nodes) checkPart(part, info);
}

function refused(sentence: string): WhenceError {
  return new WhenceError('bad-argument', `${sentence}.`);
}
