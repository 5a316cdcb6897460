import {
  type AblatedEntry,
  type AuditEntry,
  type AuditHeader,
  ablatedParts,
  type ExplainedEntry,
  type OrdinaryEntry,
  randomGroups,
} from '../../core/audit/journal';
import type { FindingAblation, FindingMechanism } from '../../core/audit/report';
import { pairedDifference, shareOf } from '../../core/audit/statistics';
import type { Model } from '../model';
import { ablatePair, ablating, randomGroupsLike } from './ablate';
import type { Chosen } from './findings';
import { entriesIn, type Journal, type JournalWriter } from './journalFile';
import { explainPair } from './mechanism';
import { lossUnder, type Ordinary } from './ordinary';
import { type Audit, jointSlots } from './subjects';
import { CarriedTally, Counts, MeanTally } from './tally';

/** What was looked into already, by what it is of; and where more goes. */
export class LookedInto {
  private constructor(
    private readonly known: Map<string, AuditEntry>,
    private readonly writer: JournalWriter,
  ) {}

  /** What a journal has beyond its pairs: of each finding a few entries. */
  static async of(journal: Journal, writer: JournalWriter): Promise<LookedInto> {
    const known = new Map<string, AuditEntry>();
    for await (const entry of entriesIn(journal)) if (entry.kind !== 'pair') known.set(keyOf(entry), entry);
    return new LookedInto(known, writer);
  }

  /** The entry that is known, or a new one, which is then known as it is read back. */
  async entry<E extends AuditEntry>(of: Key<E>, make: () => Promise<E>): Promise<E> {
    const key = keyOf(of);
    const known = this.known.get(key);
    if (known) return known as E;
    const made = await make();
    await this.writer.append(made);
    const kept = JSON.parse(JSON.stringify(made)) as E;
    this.known.set(key, kept);
    return kept;
  }
}

type Key<E> = E extends OrdinaryEntry
  ? Pick<OrdinaryEntry, 'kind' | 'parts'>
  : Pick<ExplainedEntry | AblatedEntry, 'file' | 'finding' | 'pair'> & { readonly kind: string };

function keyOf(entry: { readonly kind: string }): string {
  const { kind, parts, file, finding, pair } = entry as Partial<OrdinaryEntry & ExplainedEntry>;
  return JSON.stringify(kind === 'ordinary' ? [kind, parts] : [kind, file, finding, pair]);
}

export interface Looking {
  readonly model: Model;
  readonly ordinary: Ordinary;
  readonly header: AuditHeader;
  readonly into: LookedInto;
  /** Hears of each pair that was looked into. */
  readonly onStep: () => void;
  readonly signal?: AbortSignal;
}

/**
 * What carries a finding, and what becomes of it without that.
 *
 * @param direction as `CarriedTally`
 */
export async function lookInto(
  looking: Looking,
  audit: Audit,
  file: number,
  finding: number,
  chosen: Chosen,
  direction: 1 | -1 | null,
): Promise<{ readonly mechanism: FindingMechanism | null; readonly ablation: FindingAblation | null }> {
  const { model, header, into, onStep, signal } = looking;
  const carried = new CarriedTally(header.parts, direction, jointSlots(audit));
  for (const entry of chosen.explained) {
    const of = { kind: 'explained', file, finding, pair: entry.pair } as const;
    carried.add(
      await into.entry<ExplainedEntry>(of, () => explainPair(model, audit, finding, entry, signal)),
    );
    onStep();
  }
  const mechanism = carried.mechanism();
  if (!mechanism || chosen.ablated.length === 0) return { mechanism, ablation: null };

  const top = mechanism.parts.slice(0, ablatedParts).map(({ name }) => name);
  const random = randomGroupsLike(model, top, randomGroups, [header.settings.seed, file, finding]);
  // Without others of their kinds there is nothing to read the ablation beside.
  if (random.length === 0) return { mechanism, ablation: null };
  const outcomes: AblatedEntry[] = [];
  for (const [at, entry] of chosen.ablated.entries()) {
    const of = { kind: 'ablated', file, finding, pair: entry.pair } as const;
    const groups = { top, random: random[at % random.length]! };
    outcomes.push(
      await into.entry<AblatedEntry>(of, () => ablatePair(model, audit, finding, entry, groups, signal)),
    );
    onStep();
  }
  const before = chosen.ablated.map(({ probe, control }) =>
    direction === null ? 1 : Number(probe.values[finding]) - Number(control.values[finding]),
  );
  const seed = [header.settings.seed, file, finding];
  return {
    mechanism,
    ablation: {
      parts: top,
      pairs: outcomes.length,
      before: meanOf(before),
      top: estimateOf(
        outcomes.map((outcome) => outcome.top),
        [...seed, 4],
      ),
      random: meanOf(outcomes.map((outcome) => outcome.random)),
      more: moreOf(outcomes, direction, [...seed, 5]),
      groups: await inTurn([...random.entries()], async ([index, parts]) => {
        const own = outcomes.filter((_, at) => at % random.length === index);
        const value = own.length === 0 ? null : meanOf(own.map((outcome) => outcome.random));
        return { parts, pairs: own.length, value, loss: await lossWithout(looking, parts) };
      }),
      loss: { before: await lossWithout(looking, []), top: await lossWithout(looking, top) },
    },
  };
}

function meanOf(values: readonly (boolean | number)[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

/** Of what is found or not its share, of numbers their mean. */
function estimateOf(values: readonly (boolean | number)[], seed: readonly number[]) {
  if (typeof values[0] === 'boolean') return shareOf(values.filter(Boolean).length, values.length)!;
  const mean = new MeanTally(seed);
  for (const value of values) mean.add(Number(value));
  return mean.estimate();
}

/** By how much more goes without the parts than without a random group in the same pair. */
function moreOf(outcomes: readonly AblatedEntry[], direction: 1 | -1 | null, seed: readonly number[]) {
  if (direction === null) {
    const counts = new Counts();
    for (const { top, random } of outcomes) counts.add(Boolean(random), Boolean(top));
    return pairedDifference(counts)!;
  }
  const mean = new MeanTally(seed);
  for (const { top, random } of outcomes) mean.add(direction * (Number(random) - Number(top)));
  return mean.estimate();
}

async function lossWithout({ model, ordinary, into, signal }: Looking, parts: readonly string[]) {
  const { loss } = await into.entry<OrdinaryEntry>({ kind: 'ordinary', parts }, async () => ({
    kind: 'ordinary',
    parts,
    loss: await lossUnder(model, ordinary, ablating(parts), signal),
  }));
  return loss;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
