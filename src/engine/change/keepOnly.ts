import { type Change, indicesOf, type Selection, type Span } from '../../core/change/change';
import { partName } from '../../core/change/changeText';
import type { CircuitNode } from '../../core/circuitTest';
import type { Ablation } from '../../core/explanation';
import { draw } from '../explain/random';
import { blockHooks, layersOf } from '../explain/trace';
import type { Model } from '../model';

/**
 * The parts a circuit is chosen from: heads and MLPs, or heads and neurons. One of the two for a whole test, since a bias
 * goes with an MLP but not with its neurons.
 */
export type Grain = 'mlps' | 'neurons';

/** Neurons as soon as one of the nodes is a neuron. */
export function grainOf(nodes: readonly CircuitNode[]): Grain {
  return nodes.some(({ part }) => part.kind === 'neuron') ? 'neurons' : 'mlps';
}

/** The changes that ablate everything but the nodes, in a text of so many tokens. */
export function keepingOnly(
  model: Model,
  nodes: readonly CircuitNode[],
  grain: Grain,
  ablation: Ablation,
  length: number,
): Change[] {
  const { heads, neurons, hasMlp } = model.info;
  const kept = keptBy(model, nodes, grain, length);
  return layersOf(model).flatMap((layer) => {
    const sites = [{ hook: blockHooks.z(layer), size: heads }];
    if (hasMlp && grain === 'neurons') sites.push({ hook: blockHooks.neurons(layer), size: neurons });
    if (hasMlp && grain === 'mlps') sites.push({ hook: blockHooks.mlp(layer), size: 1 });
    return sites.flatMap(({ hook, size }) => restOf(hook, size, kept.get(hook), ablation, length));
  });
}

/** The changes that ablate the nodes and nothing else. */
export function leavingOut(nodes: readonly CircuitNode[], grain: Grain, ablation: Ablation): Change[] {
  const how = { kind: ablation };
  return nodes.map(({ part, positions }) => {
    if (part.kind !== 'mlp' || grain === 'mlps') return { part, positions, how };
    // Its neurons, as its bias stays.
    return { part: { kind: 'hook', hook: blockHooks.neurons(part.layer), units: 'all' }, positions, how };
  });
}

/** By hook and unit, the positions at which it is kept. */
type Kept = ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<number>>>;

function keptBy({ info }: Model, nodes: readonly CircuitNode[], grain: Grain, length: number): Kept {
  const kept = new Map<string, Map<number, Set<number>>>();
  for (const { part, positions } of nodes) {
    const { layer } = part;
    const keep = (hook: string, unit: number) => {
      const units = kept.get(hook) ?? new Map<number, Set<number>>();
      kept.set(hook, units);
      const places = units.get(unit) ?? new Set<number>();
      units.set(unit, places);
      for (const place of indicesOf(positions, length)) places.add(place);
    };
    if (part.kind === 'head') keep(blockHooks.z(layer), part.head);
    else if (part.kind === 'neuron') keep(blockHooks.neurons(layer), part.neuron);
    else if (grain === 'mlps') keep(blockHooks.mlp(layer), 0);
    else for (let unit = 0; unit < info.neurons; unit++) keep(blockHooks.neurons(layer), unit);
  }
  return kept;
}

/** Ablates at a hook what is not kept there: most units everywhere, some at some positions. */
function restOf(
  hook: string,
  size: number,
  kept: ReadonlyMap<number, ReadonlySet<number>> | undefined,
  ablation: Ablation,
  length: number,
): Change[] {
  const how = { kind: ablation };
  const change = (units: Selection, positions: Selection): Change => ({
    part: { kind: 'hook', hook, units },
    positions,
    how,
  });
  if (!kept) return [change('all', 'all')];
  const whole = size === 1;
  const changes: Change[] = [];
  const untouched = spansWithout(size, kept);
  if (untouched.length > 0) changes.push(change(untouched, 'all'));
  for (const [unit, places] of kept) {
    const rest = spansWithout(length, places);
    if (rest.length > 0) changes.push(change(whole ? 'all' : [{ from: unit, to: unit + 1 }], rest));
  }
  return changes;
}

/** The indices below `size` that are not in the set, as spans. */
function spansWithout(size: number, taken: { has(index: number): boolean }): readonly Span[] {
  const spans: { from: number; to: number }[] = [];
  for (let index = 0; index < size; index++) {
    if (taken.has(index)) continue;
    const last = spans.at(-1);
    if (last?.to === index) last.to++;
    else spans.push({ from: index, to: index + 1 });
  }
  return spans;
}

const kinds = ['head', 'neuron', 'mlp'] as const;

/** Draws in a row that may bring nothing new before no other group is looked for. */
const mostRepeated = 100;

/**
 * Groups like one: as many nodes of the same kinds at the same positions, of parts that are not in it as far as there are
 * some, and of its own for the rest (`unavoidable`). All differ from the group and from each other, so there are fewer than
 * asked for, or none, where the model has no more.
 */
export function randomGroupsOf(
  { info }: Model,
  nodes: readonly CircuitNode[],
  count: number,
  random: () => number,
): CircuitNode[][] {
  const known = new Set([keyOf(nodes)]);
  const groups: CircuitNode[][] = [];
  for (let repeated = 0; groups.length < count && repeated < mostRepeated; repeated++) {
    const group = randomLike(info, nodes, random);
    if (known.has(keyOf(group))) continue;
    known.add(keyOf(group));
    groups.push(group);
    repeated = -1;
  }
  return groups;
}

/** How many parts every group like this one has in common with it, as the model has too few others of their kinds. */
export function unavoidable({ info }: Model, nodes: readonly CircuitNode[]): number {
  return kinds.reduce((sum, kind) => {
    const own = ownOf(nodes, kind).size;
    return sum + Math.max(0, 2 * own - everyPart(info, kind).length);
  }, 0);
}

function ownOf(nodes: readonly CircuitNode[], kind: CircuitNode['part']['kind']) {
  return new Map(nodes.filter(({ part }) => part.kind === kind).map(({ part }) => [partName(part), part]));
}

function randomLike(info: Model['info'], nodes: readonly CircuitNode[], random: () => number): CircuitNode[] {
  const drawn = new Map<string, CircuitNode['part']>();
  for (const kind of kinds) {
    const own = ownOf(nodes, kind);
    if (own.size === 0) continue;
    const others = everyPart(info, kind).filter((part) => !own.has(partName(part)));
    const picked = draw(others, own.size, random);
    picked.push(...draw([...own.values()], own.size - picked.length, random));
    [...own.keys()].forEach((name, index) => {
      drawn.set(name, picked[index]!);
    });
  }
  return nodes.map(({ part, positions }) => ({ part: drawn.get(partName(part))!, positions }));
}

function keyOf(nodes: readonly CircuitNode[]): string {
  const names = nodes.map(({ part, positions }) => `${partName(part)} ${JSON.stringify(positions)}`);
  return names.sort().join();
}

/** How many parts there are to choose from. */
export function partCount({ info }: Model, grain: Grain): number {
  const { layers, heads, neurons, hasMlp } = info;
  return layers * (heads + (grain === 'neurons' ? neurons : Number(hasMlp)));
}

function everyPart(
  { layers, heads, neurons }: Model['info'],
  kind: CircuitNode['part']['kind'],
): CircuitNode['part'][] {
  const each = kind === 'head' ? heads : kind === 'neuron' ? neurons : 1;
  return Array.from({ length: layers * each }, (_, at): CircuitNode['part'] => {
    const layer = Math.floor(at / each);
    if (kind === 'head') return { kind, layer, head: at % each };
    return kind === 'neuron' ? { kind, layer, neuron: at % each } : { kind, layer };
  });
}
