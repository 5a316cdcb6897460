import type { CircuitSettings, PanelCircuit } from '../../core/circuitPanel';
import type { GraphView } from '../../core/graphDocument';
import { type Drawn, drawnOf } from '../../core/picture/drawn';
import { Keeping, partsOf } from '../../core/picture/keeping';
import type { Box } from '../../core/picture/layout';
import { groupId, type PictureNode } from '../../core/picture/picture';
import type { Extent } from '../../core/picture/text';
import { nodeName, type PictureContext } from '../../core/picture/words';
import { edgesByNode, type Inputs } from './lists';
import { membersOf } from './settings';

/** One circuit as it is shown: what follows from the graph and how it was set, computed when it is asked for. */
export class ShownCircuit {
  readonly keeping: Keeping;
  readonly inputs: Inputs;
  /** The step of the slider at which a newcomer can read the picture. */
  readonly readable: number;
  readonly parts: number;
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws WhenceError for a graph that goes round in a circle */
  constructor(
    public circuit: PanelCircuit,
    public settings: CircuitSettings,
  ) {
    const { graph } = circuit.document;
    this.keeping = new Keeping(graph);
    this.inputs = edgesByNode(graph, this.keeping.influence.edges);
    this.readable = this.keeping.readable();
    this.parts = partsOf(graph);
    this.#ids = new Map(graph.nodes.map(({ id }, index) => [id, index]));
  }

  get view(): GraphView {
    return this.settings.view;
  }

  /** The step of the slider, in percent. */
  get percent(): number {
    const { keep } = this.settings;
    return keep === null ? this.readable : Math.round(keep * 100);
  }

  get extent(): Extent {
    return { percent: this.percent, all: this.parts, scores: this.keeping.scores(this.percent) };
  }

  get context(): PictureContext {
    const { subject, headScores, names, document } = this.circuit;
    return { subject, headScores, names, graph: document.graph };
  }

  /** The picture with its places in a box. */
  drawn(box: Box): Drawn {
    const { view, folded } = this.settings;
    return drawnOf(this.circuit, this.keeping, { view, folded, percent: this.percent }, box);
  }

  /** True when all that a drawn node stands for is pinned. */
  isPinned({ members, kind }: PictureNode): boolean {
    if (kind === 'rest' || kind === 'layer' || members.length === 0) return false;
    return members.every((member) => this.view.pinned.includes(this.idOf(member)));
  }

  idOf(index: number): string {
    return this.circuit.document.graph.nodes[index]!.id;
  }

  /** Neurons and heads that a drawn node stands for, as ids of the graph. */
  changeable({ members }: PictureNode): readonly string[] {
    const { nodes } = this.circuit.document.graph;
    return members
      .map((member) => nodes[member]!)
      .filter(({ kind }) => kind === 'neuron' || kind === 'head')
      .map(({ id }) => id);
  }

  /** The neurons, heads and features among drawn nodes, each once; groups by their members. */
  groupable(ids: readonly string[]): readonly string[] {
    const kinds: readonly string[] = ['neuron', 'head', 'feature', 'attention-feature'];
    const members = new Set(ids.flatMap((id) => membersOf(this.view, id)));
    return [...members].filter((id) => {
      const index = this.#ids.get(id);
      return index !== undefined && kinds.includes(this.circuit.document.graph.nodes[index]!.kind);
    });
  }

  /** The name of a node of the graph. */
  nameOf(id: string): string {
    const index = this.#ids.get(id);
    return index === undefined ? id : nodeName(this.circuit.document.graph.nodes[index]!, this.context);
  }

  /** Under which id a node of the graph is drawn, if it were: itself, its group, or its folded layer. Null for errors. */
  drawnId(id: string): string | null {
    const index = this.#ids.get(id);
    if (index === undefined) return null;
    const { kind, layer } = this.circuit.document.graph.nodes[index]!;
    if (kind === 'error') return null;
    const group = this.view.supernodes.find(({ nodes }) => nodes.includes(id));
    if (group) return groupId(group.nodes);
    return layer !== null && this.settings.folded.includes(layer) ? `layer ${layer}` : id;
  }

  /**
   * The next node after a drawn one whose name, hint or given name holds the text: a drawn one, else the strongest that is
   * not drawn. Null where there is none.
   */
  find(text: string, { picture }: Drawn, after: string | null): string | null {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return null;
    const { nodes } = this.circuit.document.graph;
    const holds = (index: number) => {
      const node = nodes[index]!;
      const names = [nodeName(node, this.context), this.view.labels[node.id], this.circuit.names[node.id]];
      return names.some((name) => name?.toLowerCase().includes(wanted));
    };
    const start = picture.nodes.findIndex(({ id }) => id === after) + 1;
    const order = [...picture.nodes.slice(start), ...picture.nodes.slice(0, start)];
    const found = order.find(
      (node) =>
        node.kind !== 'rest' && (node.label.toLowerCase().includes(wanted) || node.members.some(holds)),
    );
    if (found) return found.id;
    const strength = this.keeping.influence.nodes;
    const left = [...nodes.keys()].filter((index) => nodes[index]!.kind !== 'error' && holds(index));
    const [best] = left.sort((a, b) => strength[b]! - strength[a]!);
    return best === undefined ? null : nodes[best]!.id;
  }
}
