import type { AuditHeader, PairEntry } from '../../core/audit/journal';
import type { FindingExample, FindingReport } from '../../core/audit/report';
import { pairedDifference, shareOf, widest } from '../../core/audit/statistics';
import type { AuditFinding, FindingClaim } from '../../core/circuitFile/audit';
import { drawNumbers, randomFrom } from '../explain/random';
import { entriesIn, type Journal } from './journalFile';
import { isFound } from './sides';
import { type Audit, rowsOf, subjectsAt } from './subjects';
import { Counts, MeanTally } from './tally';

/** Found pairs that the report shows. */
const mostExamples = 3;

/** What a finding's measurements say, before its mechanism was looked for. */
export type Measured =
  | Omit<Extract<FindingReport, { kind: 'event' }>, 'mechanism' | 'ablation'>
  | Omit<Extract<FindingReport, { kind: 'compared' }>, 'mechanism' | 'ablation'>;

/** One finding over all pairs: what it keeps does not grow with their number. */
export class FindingTally {
  /** Pairs in which there is something to explain. */
  candidates = 0;
  private readonly counts = new Counts();
  private pairs = 0;
  private larger = 0;
  private readonly probe: MeanTally;
  private readonly control: MeanTally;
  private readonly difference: MeanTally;
  /** The same by the rows of each slot that has enough of them. */
  private readonly bySlot: readonly { readonly rowOf: (pair: number) => number; readonly tally: MeanTally }[];
  private readonly examples: FindingExample[] = [];

  constructor(
    private readonly audit: Audit,
    private readonly index: number,
    seed: readonly number[],
  ) {
    this.probe = new MeanTally([...seed, 1]);
    this.control = new MeanTally([...seed, 2]);
    this.difference = new MeanTally([...seed, 3]);
    this.bySlot = rowsOf(audit.file).map((rowOf, slot) => ({
      rowOf,
      tally: new MeanTally([...seed, 6, slot]),
    }));
  }

  get finding(): AuditFinding {
    return this.audit.file.findings[this.index]!;
  }

  /** Whether there is something to explain in a pair. */
  isCandidate({ probe }: PairEntry): boolean {
    const { claim } = this.finding;
    return claim.kind === 'compares' || isFound(claim, probe.values[this.index]!);
  }

  add(entry: PairEntry): void {
    const { claim } = this.finding;
    const [probe, control] = [entry.probe.values[this.index]!, entry.control.values[this.index]!];
    const candidate = this.isCandidate(entry);
    const difference = numberOf(claim, probe) - numberOf(claim, control);
    for (const { rowOf, tally } of this.bySlot) tally.add(difference, rowOf(entry.pair));
    this.pairs++;
    if (candidate) this.candidates++;
    if (claim.kind === 'compares') {
      const [a, b] = [Number(probe), Number(control)];
      this.probe.add(a);
      this.control.add(b);
      this.difference.add(difference);
      if (a > b) this.larger++;
    } else this.counts.add(candidate, isFound(claim, control));
    if (candidate && this.examples.length < mostExamples) this.examples.push(exampleOf(this.audit, entry));
  }

  /** Null before there was a pair. */
  measured(): Measured | null {
    if (this.pairs === 0) return null;
    const { title, text: claim, but, claim: said } = this.finding;
    const common = { title, claim, but, pairs: this.pairs, examples: this.examples };
    const rows = this.bySlot.map(({ tally }) => tally.estimate());
    if (said.kind === 'compares') {
      return {
        ...common,
        kind: 'compared',
        measure: said.measure,
        probe: this.probe.mean,
        control: this.control.mean,
        difference: widest([this.difference.estimate(), ...rows]),
        larger: shareOf(this.larger, this.pairs)!,
      };
    }
    const { both, first, second, neither } = this.counts;
    const counts = { both, first, second, neither };
    return {
      ...common,
      kind: 'event',
      counts,
      probe: shareOf(both + first, this.pairs)!,
      control: shareOf(both + second, this.pairs)!,
      difference: widest([pairedDifference(counts)!, ...rows]),
    };
  }
}

/** What a difference is taken of: the measure, or 1 where it was found. */
function numberOf(claim: FindingClaim, value: boolean | number): number {
  return claim.kind === 'compares' ? Number(value) : Number(isFound(claim, value));
}

function exampleOf(audit: Audit, { pair, probe, control }: PairEntry): FindingExample {
  const subjects = subjectsAt(audit, pair);
  return {
    pair,
    prompt: subjects.probe.text,
    written: probe.text,
    control: subjects.control.text,
    writtenAfterControl: control.text,
  };
}

/** Every finding of every file, over the pairs of a journal. By file, then by finding. */
export async function tallied(
  journal: Journal,
  audits: readonly Audit[],
  { settings }: AuditHeader,
): Promise<FindingTally[][]> {
  const tallies = audits.map((audit, file) =>
    audit.file.findings.map((_, finding) => new FindingTally(audit, finding, [settings.seed, file, finding])),
  );
  for await (const entry of entriesIn(journal)) {
    if (entry.kind === 'pair') for (const tally of tallies[entry.file]!) tally.add(entry);
  }
  return tallies;
}

/** Pairs of a finding whose mechanism is looked for, and those in which what was found is ablated. */
export interface Chosen {
  readonly explained: readonly PairEntry[];
  readonly ablated: readonly PairEntry[];
}

/**
 * For every finding the pairs that are looked into, drawn by the seed of all in which there is something to explain: one
 * half is explained, the other kept for the ablation, which is so tried on pairs that did not choose its parts. Taken at
 * equal steps, or by turns, they would have the same rows of a slot again and again.
 */
export async function chosenPairs(
  journal: Journal,
  tallies: readonly (readonly FindingTally[])[],
  { settings }: AuditHeader,
): Promise<Chosen[][]> {
  const picks = tallies.map((file, index) =>
    file.map((tally, finding) => {
      const random = randomFrom([settings.seed, index, finding, tally.candidates]);
      const drawn = drawNumbers(tally.candidates, 2 * settings.explained, random);
      const half = Math.ceil(drawn.length / 2);
      return {
        tally,
        toExplain: new Set(drawn.slice(0, half)),
        toAblate: new Set(drawn.slice(half)),
        met: 0,
        explained: [] as PairEntry[],
        ablated: [] as PairEntry[],
      };
    }),
  );
  for await (const entry of entriesIn(journal)) {
    if (entry.kind !== 'pair') continue;
    for (const pick of picks[entry.file]!) {
      if (!pick.tally.isCandidate(entry)) continue;
      if (pick.toExplain.has(pick.met)) pick.explained.push(entry);
      if (pick.toAblate.has(pick.met)) pick.ablated.push(entry);
      pick.met++;
    }
  }
  return picks.map((file) => file.map(({ explained, ablated }) => ({ explained, ablated })));
}
