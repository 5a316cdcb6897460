// Reads a graph's file in a thread of its own: a hundred megabytes take seconds in which the extension host goes on.

import { parentPort, workerData } from 'node:worker_threads';
import { asWhenceError, type ErrorCode } from '../../core/errors';
import type { GraphView } from '../../core/graphDocument';
import { groupsOf } from '../../core/graphGroups';
import { type ImportedGraph, importGraph } from '../../core/interchange/import';
import { hashOf } from '../hash';

export interface ReadGraph extends ImportedGraph {
  /** Of the file's content. */
  readonly hash: string;
  /** Groups that are offered in it. */
  readonly groups: GraphView['supernodes'];
}

export type GraphAnswer =
  | { readonly graph: ReadGraph }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string } };

function answer(bytes: Uint8Array): GraphAnswer {
  try {
    const text = new TextDecoder().decode(bytes);
    const imported = importGraph(text);
    return { graph: { ...imported, hash: hashOf(text), groups: groupsOf(imported.document.graph) } };
  } catch (thrown) {
    const { code, message } = asWhenceError(thrown);
    return { refused: { code, message } };
  }
}

const said = answer(workerData as Uint8Array);
const edges = 'graph' in said ? said.graph.document.graph.edges : null;
parentPort?.postMessage(
  said,
  edges ? [edges.sources, edges.targets, edges.weights].map(({ buffer }) => buffer as ArrayBuffer) : [],
);
