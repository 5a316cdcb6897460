import type { GraphNode, GraphNodeKind } from '../graph';
import { unpair } from './cantor';
import { countOf, type Fields, isFields, noGraph, numberOf, shareOf, textOf } from './fields';

const kinds: ReadonlySet<string> = new Set<GraphNodeKind>([
  'token',
  'position',
  'neuron',
  'head',
  'feature',
  'attention-feature',
  'bias',
  'error',
  'logit',
]);

/** A node of a file, in the format's names and as the product knows it. */
export interface ImportedNode {
  readonly nodeId: string;
  readonly jsNodeId: string | null;
  /** Before anything is done about nodes of the same id. */
  readonly node: GraphNode;
}

/**
 * Reads a node. What Whence wrote comes back as it was; of others' graphs both conventions are understood, that of
 * circuit-tracer and that of graphs with attention features, whose layers are numbers.
 *
 * @param version of the file: 1 when `feature` is layer and index paired
 * @throws WhenceError `bad-input` when it lacks what a node must have
 */
export function importNode(fields: unknown, at: number, version: number): ImportedNode {
  if (!isFields(fields)) throw noGraph(`node ${at} is no object`);
  const nodeId = textOf(fields.node_id);
  const type = textOf(fields.feature_type);
  if (!nodeId || !type) throw noGraph(`node ${at} has no node_id or no feature_type`);
  const own = isFields(fields.whence) ? ownNode(fields.whence, fields) : null;
  const node = own ?? foreignNode(nodeId, type, fields, version);
  if (node.position === null && node.kind !== 'bias') throw noGraph(`node ${nodeId} has no ctx_idx`);
  return { nodeId, jsNodeId: textOf(fields.jsNodeId), node };
}

/** A node that Whence wrote; null when it does not fit, and is then read as anybody's. */
function ownNode(whence: Fields, fields: Fields): GraphNode | null {
  const id = textOf(whence.id);
  const kind = textOf(whence.kind);
  const label = textOf(whence.label);
  if (!id || !kind || label === null || !kinds.has(kind)) return null;
  return {
    id,
    kind: kind as GraphNodeKind,
    layer: countOf(whence.layer),
    position: countOf(whence.position),
    index: countOf(whence.index),
    value: numberOf(whence.value),
    activation: numberOf(fields.activation),
    probability: shareOf(whence.probability),
    label,
  };
}

function foreignNode(id: string, type: string, fields: Fields, version: number): GraphNode {
  const kind = kindOf(type);
  const clerp = textOf(fields.clerp) ?? '';
  const below = kind === 'token' || kind === 'logit';
  const part = kind === 'feature' || kind === 'attention-feature';
  const layer = countOf(fields.layer);
  return {
    id,
    kind,
    layer: below ? null : layer,
    position: countOf(fields.ctx_idx),
    index: part ? indexOf(id, fields, version) : below ? vocabularyId(id, kind, fields) : null,
    value: null,
    activation: numberOf(fields.activation),
    probability: kind === 'logit' ? probabilityOf(clerp, fields) : null,
    label: clerp || textOf(fields.token) || id,
  };
}

function kindOf(type: string): GraphNodeKind {
  if (type === 'embedding') return 'token';
  if (type === 'logit') return 'logit';
  if (type === 'bias') return 'bias';
  if (type.endsWith('error')) return 'error';
  return type === 'lorsa' ? 'attention-feature' : 'feature';
}

/** A feature within its layer: from the id where that has it, else from the feature's number. */
function indexOf(id: string, fields: Fields, version: number): number | null {
  const [, written] = /^\d+_(?:cro_|lor_)?(\d+)_\d+$/.exec(id) ?? [];
  if (written !== undefined) return countOf(written);
  const feature = countOf(fields.feature);
  return feature !== null && version === 1 ? unpair(feature).index : feature;
}

function vocabularyId(id: string, kind: GraphNodeKind, fields: Fields): number | null {
  if (kind === 'logit') return countOf(fields.feature);
  return countOf(/^E_(\d+)_\d+$/.exec(id)?.[1]);
}

/** As `(p=0.123)` in the label where the field has none. */
function probabilityOf(clerp: string, fields: Fields): number | null {
  const given = shareOf(fields.token_prob);
  if (given !== null && given > 0) return given;
  return shareOf(Number(/\(p=([\d.eE+-]+)\)/.exec(clerp)?.[1] ?? Number.NaN));
}
