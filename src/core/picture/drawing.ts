import type { AttributionGraph } from '../graph';
import { type GraphView, labelOf } from '../graphDocument';
import type { PictureNode } from './picture';
import { placeKey } from './rests';

/** What a node is drawn in together with others. */
export interface Owner {
  readonly id: string;
  readonly kind: 'group' | 'layer';
  readonly label: string;
}

type Kind = 'own' | 'group' | 'layer' | 'rest';

/** What is drawn of a rest: of a layer (null: below all), at a position or at all of them (null). */
interface RestPlace {
  readonly layer: number | null;
  readonly position: number | null;
}

/** The drawn nodes as they come to be, by the nodes of the graph. */
export class Drawing {
  readonly #ids = new Map<string, number>();
  readonly #members: number[][] = [];
  readonly #kinds: Kind[] = [];
  readonly #rests = new Map<number, RestPlace>();
  readonly #places: Int32Array;

  constructor(
    private readonly graph: AttributionGraph,
    private readonly influence: Float64Array,
    private readonly view: GraphView,
    private readonly owners: ReadonlyMap<number, Owner>,
    /** Keys of places whose rest is drawn by itself. */
    private readonly rests: ReadonlySet<number>,
  ) {
    this.#places = new Int32Array(graph.nodes.length).fill(-1);
  }

  /** Where a shown node is drawn. */
  placeOf(index: number): number {
    const known = this.#places[index]!;
    if (known >= 0) return known;
    const owner = this.owners.get(index);
    const place = this.#at(owner?.id ?? this.graph.nodes[index]!.id, owner?.kind ?? 'own');
    this.#members[place]!.push(index);
    this.#places[index] = place;
    return place;
  }

  /** Where that is drawn which is not shown of a node's layer and position. */
  restOf(index: number): number {
    const node = this.graph.nodes[index]!;
    const { layer, kind } = node;
    const position = this.rests.has(placeKey(node)) ? node.position : null;
    const where = layer === null ? 'text' : String(layer);
    const place = this.#at(`rest ${where}${position === null ? '' : `@${position}`}`, 'rest');
    this.#rests.set(place, { layer, position });
    if (kind === 'error' && this.#places[index] !== place) {
      this.#members[place]!.push(index);
      this.#places[index] = place;
    }
    return place;
  }

  isRemainder(place: number): boolean {
    return this.#rests.get(place)?.position === null;
  }

  nodes(): readonly PictureNode[] {
    const whole = this.influence.reduce((sum, value) => sum + value, 0) || 1;
    return [...this.#ids].map(([id, place]) => {
      const members = this.#members[place]!;
      const influence = members.reduce((sum, index) => sum + this.influence[index]!, 0) / whole;
      return this.#node(id, place, members, influence);
    });
  }

  #at(id: string, kind: Kind): number {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const place = this.#ids.size;
    this.#ids.set(id, place);
    this.#members.push([]);
    this.#kinds.push(kind);
    return place;
  }

  #node(id: string, place: number, members: readonly number[], influence: number): PictureNode {
    const kind = this.#kinds[place]!;
    const nodes = members.map((index) => this.graph.nodes[index]!);
    const common = { id, members, influence };
    const nothing = { value: null, activation: null, probability: null };
    if (kind === 'rest') {
      const at = this.#rests.get(place)!;
      const label = at.layer === null ? 'rest of the text' : `rest of layer ${at.layer}`;
      return { ...common, kind, ...at, ...nothing, label };
    }
    if (kind === 'own') {
      const { layer, position, value, activation, probability, kind: own } = nodes[0]!;
      const label = labelOf(this.view, nodes[0]!);
      const share = own === 'logit' ? 1 : influence;
      const drawnAs = own === 'error' ? 'rest' : own;
      return {
        id,
        kind: drawnAs,
        layer,
        position,
        members,
        influence: share,
        value,
        activation,
        probability,
        label,
      };
    }
    const { layer, position } = nodes.reduce((top, node) =>
      (node.layer ?? -1) > (top.layer ?? -1) ? node : top,
    );
    return { ...common, kind, layer, position, ...nothing, label: this.owners.get(members[0]!)!.label };
  }
}
