import type { AblatedEntry, PairEntry } from '../../core/audit/journal';
import type { Change } from '../../core/change/change';
import { partName, partNamed } from '../../core/change/changeText';
import type { CircuitNode } from '../../core/circuitTest';
import { leavingOut, randomGroupsOf } from '../change/keepOnly';
import { changedLogits } from '../change/logits';
import { outputOf } from '../circuitTest/evidence';
import { resolve } from '../explain/question';
import { randomFrom } from '../explain/random';
import type { Model } from '../model';
import { matchOf } from './pattern';
import { isFound, promptIds, questionOf } from './sides';
import { type Audit, type Subject, subjectsAt } from './subjects';
import { writeUnder } from './write';

/** Heads and MLPs that are replaced by their mean over sample code, at all positions. */
export function ablating(parts: readonly string[]): readonly Change[] {
  return leavingOut(nodesOf(parts), 'mlps', 'mean');
}

/**
 * Groups of as many parts of the same kinds: others as far as there are some, none of them twice, none the parts themselves.
 * Fewer than asked for, or none, where the model has no more.
 */
export function randomGroupsLike(
  model: Model,
  parts: readonly string[],
  groups: number,
  seed: readonly number[],
): readonly (readonly string[])[] {
  return randomGroupsOf(model, nodesOf(parts), groups, randomFrom(seed)).map((nodes) =>
    nodes.map(({ part }) => partName(part)),
  );
}

/**
 * One pair without the parts, and without others: is it found still, or how large is the difference?
 *
 * @throws WhenceError as `changedLogits`
 */
export async function ablatePair(
  model: Model,
  audit: Audit,
  finding: number,
  { file, pair, probe }: PairEntry,
  groups: { readonly top: readonly string[]; readonly random: readonly string[] },
  signal?: AbortSignal,
): Promise<AblatedEntry> {
  const under = (parts: readonly string[]) =>
    outcomeUnder(model, audit, finding, pair, { changes: ablating(parts), likely: probe.ids }, signal);
  return {
    kind: 'ablated',
    file,
    finding,
    pair,
    top: await under(groups.top),
    random: await under(groups.random),
  };
}

async function outcomeUnder(
  model: Model,
  audit: Audit,
  finding: number,
  pair: number,
  under: { readonly changes: readonly Change[]; readonly likely: readonly number[] },
  signal?: AbortSignal,
): Promise<boolean | number> {
  const { claim } = audit.file.findings[finding]!;
  const { continues } = audit.file;
  const { probe, control } = subjectsAt(audit, pair);
  if (claim.kind === 'matches') {
    const prompt = promptIds(model, probe, continues.tokens);
    const { text } = await writeUnder(model, prompt, continues, under, signal);
    return matchOf(claim.pattern, probe.values, text) !== null;
  }
  const measured = async (subject: Subject) => {
    const prompt = promptIds(model, subject, continues.tokens);
    const question = await resolve(model, questionOf(subject, prompt), signal);
    const [logits] = await changedLogits(model, question.trace.ids, [under.changes], { signal });
    return outputOf(question, claim.measure, logits!);
  };
  if (claim.kind === 'output') return isFound(claim, await measured(probe));
  return (await measured(probe)) - (await measured(control));
}

function nodesOf(parts: readonly string[]): CircuitNode[] {
  return parts.map((name) => ({ part: partNamed(name) as CircuitNode['part'], positions: 'all' }));
}
