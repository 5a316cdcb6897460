import { type Change, indicesOf, type Selection, type Span, type Values } from '../../core/change/change';
import { checkChanges } from '../../core/change/changePart';
import { printChange, printSelection } from '../../core/change/changeText';
import { WhenceError } from '../../core/errors';
import type { Ablation } from '../../core/explanation';
import { sampleValues } from '../explain/methods/sample';
import { hookOf } from '../explain/trace';
import type { Intervention, Model } from '../model';
import type { Tensor } from '../tensor';
import { composed, type Extent, type SiteChange } from './compose';
import { layoutOf, sitesOf } from './sites';

export interface PlanOptions extends Extent {
  /** By the hooks of attention patterns, [1, H, S, S]: where attention looks whatever else is changed. */
  readonly held?: ReadonlyMap<string, Tensor>;
  readonly signal?: AbortSignal;
}

/**
 * Changes as the forward pass takes them: row r of a batch gets `sets[r]`. What an ablation puts in a part's place is
 * computed here; its mean once for each model.
 *
 * @throws WhenceError `bad-argument` for what the model does not have or what does not fit, `cancelled`
 */
export async function interventionsOf(
  model: Model,
  sets: readonly (readonly Change[])[],
  { length, prompt, held, signal }: PlanOptions,
): Promise<Intervention[]> {
  const rows = new Map<string, SiteChange[][]>();
  const rowsAt = (hook: string) => {
    const known = rows.get(hook) ?? sets.map((): SiteChange[] => []);
    rows.set(hook, known);
    return known;
  };
  for (const hook of held?.keys() ?? []) rowsAt(hook);
  const samples = await samplesFor(model, sets.flat(), length, signal);
  for (const [row, changes] of sets.entries()) {
    for (const change of changes) {
      for (const { hook, units } of sitesOf(change.part, model)) {
        rowsAt(hook)[row]!.push({ units, positions: change.positions, how: resolved(change, hook, samples) });
      }
    }
  }
  return [...rows].map(([hook, list]) =>
    composed(hook, layoutOf(model, hook, length), list, { length, prompt }, held?.get(hook)),
  );
}

/** Throws `bad-argument` unless the model can take the changes in such a text. */
export function checkPlan(model: Model, changes: readonly Change[], { length, prompt }: Extent): void {
  checkChanges(changes, model.info);
  for (const change of changes) {
    for (const { hook, units } of sitesOf(change.part, model)) {
      const { sizes, unitAxis, overKeys } = layoutOf(model, hook, length);
      const size = sizes[unitAxis]!;
      each(
        units,
        (span) => indicesOf([span], size).length > 0,
        (written) => {
          throw refused(change, `${hook} has 0 to ${size - 1} to choose from, not [${written}]`);
        },
      );
      if (overKeys && (change.how.kind === 'mean' || change.how.kind === 'resample')) {
        throw refused(
          change,
          'where attention looks in another text says nothing of this one: change hook_z',
        );
      }
    }
    const made = valuesIn(change)?.model;
    if (made && made.sha256 !== model.info.sha256) {
      throw refused(
        change,
        `it was made with ${made.id} (${made.sha256.slice(0, 8)}), which is not this ${model.info.id} (${model.info.sha256.slice(0, 8)}); make one with this model`,
      );
    }
    each(
      change.positions,
      (span) => indicesOf([span], length, prompt).length > 0,
      (written) => {
        throw refused(change, `[${written}] is none of the positions 0 to ${length - 1}`);
      },
    );
  }
}

/** Numbers that a change brings with it. */
function valuesIn({ how }: Change): Values | null {
  const value =
    how.kind === 'remove' ? how.direction : how.kind === 'set' || how.kind === 'add' ? how.value : 0;
  return typeof value === 'number' ? null : value;
}

function each(selection: Selection, holds: (span: Span) => boolean, otherwise: (written: string) => void) {
  if (selection === 'all') return;
  if (selection.length === 0) otherwise('');
  for (const span of selection) if (!holds(span)) otherwise(printSelection([span]));
}

function refused(change: Change, reason: string): WhenceError {
  return new WhenceError('bad-argument', `The change ${printChange(change)} cannot be made: ${reason}.`);
}

type Samples = ReadonlyMap<Ablation, ReadonlyMap<string, Tensor>>;

async function samplesFor(
  model: Model,
  changes: readonly Change[],
  length: number,
  signal: AbortSignal | undefined,
): Promise<Samples> {
  const samples = new Map<Ablation, ReadonlyMap<string, Tensor>>();
  for (const kind of ['mean', 'resample'] as const) {
    const hooks = new Set(
      changes.flatMap(({ part, how }) =>
        how.kind === kind ? sitesOf(part, model).map(({ hook }) => hook) : [],
      ),
    );
    if (hooks.size > 0) samples.set(kind, await sampleValues(model, [...hooks], kind, length, signal));
  }
  return samples;
}

function resolved({ how }: Change, hook: string, samples: Samples): SiteChange['how'] {
  if (how.kind !== 'mean' && how.kind !== 'resample') return how;
  const { dims, data } = hookOf(samples.get(how.kind)!, hook);
  return { kind: 'set', value: { name: `${how.kind} of ${hook}`, dims, data } };
}
