import type { CircuitSettings, PanelCircuit, Place } from '../../core/circuitPanel';
import { emptyView, type GraphView } from '../../core/graphDocument';
import { groupId } from '../../core/picture/picture';

/** What the panel keeps while it is hidden and over a reload: how one circuit was set. */
export interface Kept {
  readonly id: string | null;
  readonly settings: CircuitSettings | null;
}

export const firstSettings: CircuitSettings = {
  view: emptyView,
  keep: null,
  folded: [],
  table: false,
  place: null,
};

/** Reads what was kept, perhaps by another version; what is not as it should be is dropped. */
export function recallKept(kept: unknown): Kept {
  const nothing = { id: null, settings: null };
  if (!isObject(kept) || typeof kept.id !== 'string' || !isObject(kept.settings)) return nothing;
  return { id: kept.id, settings: settingsOf(kept.settings) };
}

function settingsOf(from: Readonly<Record<string, unknown>>): CircuitSettings {
  const { keep, folded, table, place, view } = from;
  return {
    view: viewOf(view),
    keep: typeof keep === 'number' && keep > 0 && keep <= 1 ? keep : null,
    folded: numbers(folded),
    table: table === true,
    place: isPlace(place) ? place : null,
  };
}

function viewOf(view: unknown): GraphView {
  if (!isObject(view)) return emptyView;
  const { pinned, supernodes, labels, clicked } = view;
  const groups = Array.isArray(supernodes) ? supernodes.filter(isObject) : [];
  return {
    pinned: texts(pinned),
    supernodes: groups.map(({ label, nodes }) => ({ label: String(label), nodes: texts(nodes) })),
    labels: isObject(labels)
      ? Object.fromEntries(Object.entries(labels).map(([id, label]) => [id, String(label)]))
      : {},
    clicked: typeof clicked === 'string' ? clicked : null,
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
const numbers = (value: unknown) =>
  Array.isArray(value) ? value.filter((each): each is number => typeof each === 'number') : [];
const isPlace = (value: unknown): value is Place =>
  isObject(value) && [value.scale, value.x, value.y].every((each) => Number.isFinite(each));

/** How a circuit is shown at first: as the panel kept it, as the host did, or as its file says. */
export function settingsFor(
  circuit: PanelCircuit,
  kept: Kept,
  saved: CircuitSettings | null,
): CircuitSettings {
  if (kept.settings && kept.id === circuit.subject.id) return kept.settings;
  return saved ?? { ...firstSettings, view: circuit.document.view };
}

/** The members of a group or the node itself, by the id under which it is drawn. */
export function membersOf({ supernodes }: GraphView, id: string): readonly string[] {
  return supernodes.find(({ nodes }) => groupId(nodes) === id)?.nodes ?? [id];
}

/** Pins what is not pinned, and the other way round; a group with all its members. */
export function pinToggled(view: GraphView, id: string): GraphView {
  const members = membersOf(view, id);
  const pinned = members.every((member) => view.pinned.includes(member));
  const others = view.pinned.filter((each) => !members.includes(each));
  return { ...view, pinned: pinned ? others : [...others, ...members] };
}

/** Puts nodes, and the members of groups among them, into one group. */
export function grouped(view: GraphView, ids: readonly string[], label: string): GraphView {
  const nodes = [...new Set(ids.flatMap((id) => membersOf(view, id)))];
  const others = view.supernodes
    .map((group) => ({ ...group, nodes: group.nodes.filter((id) => !nodes.includes(id)) }))
    .filter((group) => group.nodes.length > 0);
  return {
    ...view,
    supernodes: [...others, { label, nodes }],
    pinned: view.pinned.filter((id) => !nodes.includes(id)),
    clicked: groupId(nodes),
  };
}

/** Takes a group apart. */
export function ungrouped(view: GraphView, id: string): GraphView {
  const [first] = membersOf(view, id);
  return {
    ...view,
    supernodes: view.supernodes.filter(({ nodes }) => groupId(nodes) !== id),
    clicked: first ?? null,
  };
}

/** Gives a node or a group another name; an empty one gives a node its own again. */
export function renamed(view: GraphView, id: string, label: string): GraphView {
  const name = label.trim().slice(0, 80);
  if (view.supernodes.some(({ nodes }) => groupId(nodes) === id)) {
    if (name === '') return view;
    const supernodes = view.supernodes.map((group) =>
      groupId(group.nodes) === id ? { ...group, label: name } : group,
    );
    return { ...view, supernodes };
  }
  const { [id]: _, ...others } = view.labels;
  return { ...view, labels: name === '' ? others : { ...others, [id]: name } };
}
