import { type FromCircuitPanel, partNameOf, signOfNode } from '../../core/circuitPanel';
import type { GraphView } from '../../core/graphDocument';
import type { PartSign } from '../../core/partIndex/types';
import { h, replaceKeeping } from '../dom';
import { type CardActions, card } from './card';
import { type EvidenceMessage, evidence } from './evidence';
import { howToRead } from './how';
import { nodeOf, type Session } from './session';
import { type Column, firstSorting, type Sorting, table } from './table';

export interface Chosen {
  readonly card: HTMLElement;
  readonly table: HTMLElement;
  show(): void;
  /** Asks the index about the chosen part, and folds the lists of the last one. */
  ask(): void;
  known(message: EvidenceMessage): void;
  clear(): void;
}

export interface ChosenActions extends Omit<CardActions, 'unfold'> {
  readonly accept: (suggestion: GraphView['supernodes'][number]) => void;
  readonly choose: (id: string) => void;
  readonly fold: (layer: number) => void;
  readonly options: () => HTMLElement;
}

/** Milliseconds after which the index is asked about a part: who walks along edges asks about none on the way. */
const askAfter = 150;

const keyOf = (part: string, sign: PartSign) => `${part} ${sign}`;

/** The card of the chosen node and the table. */
export function chosen(
  session: Session,
  post: (message: FromCircuitPanel) => void,
  actions: ChosenActions,
): Chosen {
  const cardBox = h('aside.card', { attributes: { 'aria-label': 'Chosen part', 'data-scroll': 'card' } });
  const tableBox = h('div.table-box', {
    attributes: { hidden: true, tabindex: 0, role: 'region', 'aria-label': 'Table' },
  });
  const found = new Map<string, EvidenceMessage>();
  let unfolded = new Set<string>();
  let sorting: Sorting = firstSorting;
  let asking: ReturnType<typeof setTimeout> | undefined;

  /** The part of the model, or the feature of a graph made by others, that is chosen and whose evidence can be asked for. */
  function part(): { readonly name: string; readonly sign: PartSign } | null {
    const { shown } = session;
    const node = nodeOf(session, shown?.view.clicked ?? null);
    if (!shown || node?.members.length !== 1) return null;
    const own = shown.circuit.document.graph.nodes[node.members[0]!]!;
    const isFeature = own.kind === 'feature' || own.kind === 'attention-feature';
    if (!shown.circuit.live) return shown.circuit.features && isFeature ? { name: own.id, sign: null } : null;
    const name = partNameOf(own);
    return name === null ? null : { name, sign: signOfNode(own) };
  }

  function unfold(list: string): void {
    const layer = /^layer (\d+)$/.exec(list);
    if (layer) actions.fold(Number(layer[1]));
    else unfolded.add(list);
    show();
  }

  function show(): void {
    const { shown, drawn, mode } = session;
    // Nobody wants to lose a name while typing it.
    if (!shown || !drawn || cardBox.querySelector('input.name')) return;
    const { circuit, view, inputs } = shown;
    const node = nodeOf(session, view.clicked);
    const asked = part();
    const about = asked
      ? evidence(
          found.get(keyOf(asked.name, asked.sign)),
          unfolded.has('contexts'),
          () => unfold('contexts'),
          post,
        )
      : null;
    const state = {
      drawn,
      circuit,
      view,
      inputs,
      mode,
      unfolded,
      options: actions.options(),
      evidence: about,
    };
    const offered = circuit.suggestions.filter(({ nodes }) => nodes.every((id) => shown.drawnId(id) === id));
    const content = node
      ? card({ ...state, pinned: shown.isPinned(node) }, node, { ...actions, unfold })
      : howToRead(offered, actions.accept);
    replaceKeeping(cardBox, ...content);
    if (!shown.settings.table) return;
    const sort = (by: Column) => {
      sorting = { by, down: sorting.by === by ? !sorting.down : by === 'influence' || by === 'value' };
      show();
    };
    replaceKeeping(tableBox, table(drawn, sorting, view.clicked, { sort, go: actions.choose }));
  }

  return {
    card: cardBox,
    table: tableBox,
    show,
    ask() {
      unfolded = new Set();
      clearTimeout(asking);
      const asked = part();
      if (!asked || found.has(keyOf(asked.name, asked.sign))) return;
      asking = setTimeout(() => post({ type: 'ask', part: asked.name, sign: asked.sign }), askAfter);
    },
    known(message) {
      found.set(keyOf(message.part, message.sign), message);
      show();
    },
    clear: () => found.clear(),
  };
}
