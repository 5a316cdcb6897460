// What the extension host and the circuit panel (dist/webview/graph.js, media/webview/graph.css) say to each other. The
// numbers of a graph's edges stay typed arrays on their way.

import { type Alteration, type Change, type ChangedPart, only } from './change/change';
import type { Ablation } from './explanation';
import type { AttributionGraph, GraphNode } from './graph';
import type { GraphDocument, GraphView } from './graphDocument';
import type { Outcome } from './intervention';
import { type HeadScores, headName, neuronName } from './model';
import type { PanelCommand } from './panel';
import type { PartSign } from './partIndex/types';

/** A token of the text as the panel draws it. */
export interface CircuitToken {
  readonly text: string;
  /** The document line it starts on, from 0; null where there is no document, as in graphs made by others. */
  readonly line: number | null;
  /** True for tokens that are not text. */
  readonly special: boolean;
}

/** What a circuit is of. */
export interface CircuitSubject {
  /**
   * Of the text, the target, the contrast and the model: what a user has set is kept by it. The host can find the circuit
   * again by it after the window was reloaded.
   */
  readonly id: string;
  /** Where it is from: `total in cart.py`, or the name of a file. */
  readonly title: string;
  /** What people call the model. */
  readonly model: string;
  readonly precision: string | null;
  /** The explained token and the one it is compared with, as text; null in a graph of several logits or an unknown one. */
  readonly target: string | null;
  readonly contrast: string | null;
  /** Of the target, in [0, 1]. */
  readonly probability: number | null;
  /** What the values add up to, in words: "The logit of the token minus the mean logit". */
  readonly metric: string;
  /** The answer, where one is known. */
  readonly sentence: string | null;
  /** By token index. */
  readonly tokens: readonly CircuitToken[];
}

/** A graph that is whole, as the panel shows it. */
export interface PanelCircuit {
  readonly subject: CircuitSubject;
  /** The graph with what was made of it: pins, groups, names. The panel's own settings for this id go before its view. */
  readonly document: GraphDocument;
  /**
   * Names by rule from the index of the model's parts, by the id of the node: a neuron is named for the sign that its
   * activation has there. Empty before there is an index.
   */
  readonly names: Readonly<Record<string, string>>;
  /** Groups that the rule offers (core decides; the user accepts). */
  readonly suggestions: GraphView['supernodes'];
  /** Null until the roles were measured. */
  readonly headScores: readonly HeadScores[] | null;
  /** False for graphs made by others, whose model cannot be run: nothing can be cut, and no evidence asked for. */
  readonly live: boolean;
  /** Whether somebody can be asked for evidence of features of a graph made by others: files may lie beside it. */
  readonly features: boolean;
  /** What had to be left out, a sentence each: a thinned trace, links of a foreign file. */
  readonly notes: readonly string[];
  /** Of Whence, for the files that are made of it. */
  readonly version: string;
}

/** Where the index shows a part at its most active. */
export interface EvidenceContext {
  readonly tokens: readonly string[];
  /** Of each token, in the part's own unit; for a head, how much it writes. */
  readonly activations: readonly number[];
  /** Index of the token at which it is most active. */
  readonly peak: number;
  /** The file it is from, where that is known. */
  readonly source: string | null;
}

/** What the index of a model's parts knows of one part, whatever the text is. */
export interface PartEvidence {
  /** Of the model's own index, whose names are by rule; false for what others say of their features. */
  readonly own: boolean;
  /** A name by rule: "after `return`, promotes `self`"; null where the rule finds none. */
  readonly label: string | null;
  /** What the name rests on: "17 of its 20 strongest contexts". */
  readonly support: string | null;
  /** Of a head, and what it attends to: "looks at the token before". */
  readonly role: string | null;
  /** In [0, 1]: the share of the corpus's tokens at which it is active; null for heads. */
  readonly frequency: number | null;
  /** What it was measured on, in words. */
  readonly corpus: string;
  /** Strongest first. */
  readonly contexts: readonly EvidenceContext[];
  /** Tokens whose logits it raises and lowers most, with how much for one unit of activation, where that is known. */
  readonly promoted: readonly { readonly text: string; readonly score: number | null }[];
  readonly suppressed: readonly { readonly text: string; readonly score: number | null }[];
}

/** What a user does to parts; `changesOf` makes the engine's changes of it. */
export interface PanelChange {
  /** Ids of nodes that are changed together: one, or those of a group. */
  readonly nodes: readonly string[];
  readonly how: Extract<Alteration, { readonly kind: Ablation | 'scale' }>;
  /** At every position of the text, or where the nodes stand. */
  readonly everywhere: boolean;
}

/** The output before and after the changes that are in force; without changes nothing is in force. */
export interface ChangeOutcome {
  readonly changes: readonly PanelChange[];
  readonly freezeAttention: boolean;
  readonly before: Outcome;
  readonly after: Outcome;
  /** By the graph, and by running the model: the change of the metric in logits. Null where the graph cannot say. */
  readonly predicted: number | null;
  readonly measured: number;
  /**
   * Over all single cuts measured in this graph with attention as in this one: Pearson's correlation of predicted and
   * measured; null below three.
   */
  readonly agreement: { readonly correlation: number; readonly count: number } | null;
}

/** What is left of the answer when only some parts run, all others at their mean, as shares of the whole metric. */
export interface KeptShare {
  /** (m(only these) − m(none)) / (m(all) − m(none)): 1 where these parts alone make the answer. */
  readonly faithfulness: number;
  /** 1 minus the same for everything but these parts: what is gone without them, 1 where nothing else makes it. */
  readonly completeness: number;
  /** Of the target when only these parts run, in [0, 1]. */
  readonly probability: number;
}

/** *Test this circuit*: it and a random one of the same size. */
export interface CircuitTrial {
  /** Neurons and heads that were kept, and how many the model has. */
  readonly parts: number;
  readonly all: number;
  readonly circuit: KeptShare;
  /** The mean over random circuits of as many neurons and heads. */
  readonly random: KeptShare;
}

/** Where the drawing lies in its box: scaled, then moved by CSS pixels. */
export interface Place {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** How a user has set the panel for one circuit. Saved by the panel and by the host. */
export interface CircuitSettings {
  /** Pins, groups, names and the chosen node. */
  readonly view: GraphView;
  /** The share of influence that the drawn nodes hold, in (0, 1]; null for what the panel thinks readable. */
  readonly keep: number | null;
  /** Layers drawn as one node each. */
  readonly folded: readonly number[];
  readonly table: boolean;
  /** Null while the drawing is fitted to its box. */
  readonly place: Place | null;
}

/** Host → circuit panel. After `ready` the host sends `mode` and then what there is to show; each replaces what was shown. */
export type ToCircuitPanel =
  | { readonly type: 'mode'; readonly mode: 'plain' | 'expert' }
  /** Nothing to show, and the command that leads to something. */
  | { readonly type: 'empty'; readonly message: string; readonly command: PanelCommand | null }
  /** Tracing goes on. Sent at its start and as the graph grows; `graph` is what is known so far, null before that. */
  | {
      readonly type: 'tracing';
      readonly subject: CircuitSubject;
      readonly nodes: number;
      readonly wanted: number;
      /** What is being done, in words, before there are nodes: "Running the model". */
      readonly doing: string | null;
      readonly graph: AttributionGraph | null;
    }
  /** `saved` is what the host has of this circuit's id from before, or null. */
  | { readonly type: 'circuit'; readonly circuit: PanelCircuit; readonly saved: CircuitSettings | null }
  /** Names, roles or suggestions that came later than the graph. */
  | {
      readonly type: 'known';
      readonly id: string;
      readonly names: PanelCircuit['names'];
      readonly suggestions: PanelCircuit['suggestions'];
      readonly headScores: PanelCircuit['headScores'];
    }
  /** The circuit could not be traced or opened: a sentence, and whether asking again may help. */
  | { readonly type: 'failed'; readonly subject: CircuitSubject | null; readonly message: string }
  /** Answers to questions of the panel. A question that failed has its sentence in `problem`. */
  | {
      readonly type: 'evidence';
      readonly part: string;
      readonly sign: PartSign;
      readonly evidence: PartEvidence | null;
      /** Why there is none: no index yet, or an error. */
      readonly problem: string | null;
      /** A command that makes it: the button beside the problem. */
      readonly offer: { readonly label: string; readonly what: 'buildIndex' } | null;
    }
  /** Another index was made: evidence is not true any more, and may be asked for again. */
  | { readonly type: 'forget' }
  | { readonly type: 'changed'; readonly id: string; readonly outcome: ChangeOutcome }
  | { readonly type: 'tested'; readonly id: string; readonly trial: CircuitTrial }
  /** What a change or a test is doing, null when it is done; `problem` when it failed. */
  | {
      readonly type: 'busy';
      readonly what: 'change' | 'test' | 'export';
      readonly doing: string | null;
      readonly problem: string | null;
    }
  /** Go to a node: from a link in the editor. */
  | { readonly type: 'go'; readonly node: string };

/** What a picture or a description is made as. `html` is made by the host, everything else comes with the message. */
export type ExportFormat = 'svg' | 'png' | 'mermaid' | 'json' | 'words' | 'html';

/** Circuit panel → host. */
export type FromCircuitPanel =
  | { readonly type: 'ready' }
  /** Stop tracing, a change or a test; what is there of a graph is sent as the circuit. */
  | { readonly type: 'stop' }
  /** Trace again, with so many neurons and heads; null for as many as the setting says. */
  | { readonly type: 'trace'; readonly nodes: number | null }
  /** Show a token of the text in the editor. */
  | { readonly type: 'reveal'; readonly position: number }
  /** Ask, of the token that the circuit explains, why this head looks where it looks most. */
  | { readonly type: 'look'; readonly layer: number; readonly head: number }
  /**
   * What does the index know of this part (`L3N118`, `L3H2`), of a neuron where its activation has this sign; or a file of
   * this feature, by the id of a node?
   */
  | { readonly type: 'ask'; readonly part: string; readonly sign: PartSign }
  | { readonly type: 'buildIndex' }
  /** All changes that shall be in force, in their order; none for the model as it is. Answered by `changed`. */
  | {
      readonly type: 'change';
      readonly changes: readonly PanelChange[];
      /** Attention patterns as they were, as the graph has them, or computed anew. */
      readonly freezeAttention: boolean;
    }
  /** Keep only these nodes, and everything but these. Answered by `tested`. */
  | { readonly type: 'test'; readonly nodes: readonly string[] }
  /** Keep the settings of this circuit. */
  | { readonly type: 'save'; readonly id: string; readonly settings: CircuitSettings }
  /**
   * `content` is the text, base64 for `png`, null for `html`. `copy` puts a text on the clipboard, `save` asks for a place,
   * `open` shows it in an editor.
   */
  | {
      readonly type: 'export';
      readonly format: ExportFormat;
      readonly how: 'copy' | 'save' | 'open';
      /** Without an ending. */
      readonly name: string;
      readonly content: string | null;
    }
  | { readonly type: 'mode'; readonly mode: 'plain' | 'expert' }
  | { readonly type: 'command'; readonly command: PanelCommand };

/** The part of the model that a node stands for, at whatever position; null for all but neurons and heads. */
export function partOfNode({
  kind,
  layer,
  index,
}: Pick<GraphNode, 'kind' | 'layer' | 'index'>): ChangedPart | null {
  if (layer === null || index === null) return null;
  if (kind === 'neuron') return { kind, layer, neuron: index };
  return kind === 'head' ? { kind, layer, head: index } : null;
}

/** That part's name, as evidence goes by it: `L3N118`, `L3H2`. */
export function partNameOf(node: Pick<GraphNode, 'kind' | 'layer' | 'index'>): string | null {
  const part = partOfNode(node);
  if (part?.kind === 'neuron') return neuronName(part.layer, part.neuron);
  return part?.kind === 'head' ? headName(part.layer, part.head) : null;
}

/** Which of a neuron's two meanings a node has; null for all else. */
export function signOfNode({ kind, activation }: Pick<GraphNode, 'kind' | 'activation'>): PartSign {
  if (kind !== 'neuron' || !activation) return null;
  return activation > 0 ? 1 : -1;
}

/** A panel's change as the engine makes it, a change for every neuron and head; what is neither is passed over. */
export function changesOf(
  { nodes, how, everywhere }: PanelChange,
  graph: AttributionGraph,
): readonly Change[] {
  const wanted = new Set(nodes);
  return graph.nodes.flatMap((node): Change[] => {
    const part = wanted.has(node.id) ? partOfNode(node) : null;
    if (!part || (!everywhere && node.position === null)) return [];
    return [{ part, positions: everywhere ? 'all' : only(node.position!), how }];
  });
}
