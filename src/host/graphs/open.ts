// Reading a graph from a file, whoever made it.

import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { mostGraphBytes } from '../../core/interchange/format';
import { nameOf } from '../documents';
import { hashOf } from '../hash';
import type { GraphAnswer, ReadGraph } from './reader';

/** Memory of the thread that reads; a graph of the most bytes takes a quarter of it. */
const mostMemory = 2500;

interface OpenedGraph extends Omit<ReadGraph, 'hash'> {
  /** Of the file. */
  readonly name: string;
  /** Of this content at this place: another file's nodes are others, whatever it is called. */
  readonly id: string;
}

/**
 * @param reader the path of dist/graphReader.js
 * @throws WhenceError `bad-input` for a file that cannot be read, is too large, or no graph; `cancelled`
 */
export async function readGraphFile(
  uri: vscode.Uri,
  reader: string,
  token: vscode.CancellationToken,
): Promise<OpenedGraph> {
  const name = nameOf(uri.toString());
  const { hash, ...graph } = await parse(await read(uri, name), name, reader, token);
  return { ...graph, name, id: hashOf(JSON.stringify([uri.toString(), hash])).slice(0, 16) };
}

/** In another thread, which is ended where it takes too much memory, and when nobody waits for it any more. */
async function parse(
  bytes: Uint8Array,
  name: string,
  reader: string,
  token: vscode.CancellationToken,
): Promise<ReadGraph> {
  const worker = new Worker(reader, {
    workerData: bytes,
    resourceLimits: { maxOldGenerationSizeMb: mostMemory },
  });
  let ended: vscode.Disposable | null = null;
  try {
    const answer = await new Promise<GraphAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('messageerror', reject);
      worker.once('error', (cause: NodeJS.ErrnoException) => {
        const full = `${name} takes more memory than there is for a graph: prune it where it was made and open it again.`;
        const isFull = cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
        reject(isFull ? new WhenceError('bad-input', full, { cause }) : cause);
      });
      worker.once('exit', (code) => reject(new Error(`The reader of graphs ended with ${code}.`)));
      const withdrawn = () => reject(new WhenceError('cancelled', `Opening ${name} was cancelled.`));
      ended = token.onCancellationRequested(withdrawn);
      if (token.isCancellationRequested) withdrawn();
    });
    if ('graph' in answer) return answer.graph;
    throw new WhenceError(answer.refused.code, answer.refused.message);
  } finally {
    (ended as vscode.Disposable | null)?.dispose();
    await worker.terminate();
  }
}

async function read(uri: vscode.Uri, name: string): Promise<Uint8Array> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    // Before it is read: a file of gigabytes would fill the memory of the extension host.
    if (size > mostGraphBytes) throw tooLarge(name, size);
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (cause instanceof WhenceError) throw cause;
    const message = `${name} cannot be read: choose a graph's JSON file that is there.`;
    throw new WhenceError('bad-input', message, { cause });
  }
}

function tooLarge(name: string, size: number): WhenceError {
  return new WhenceError(
    'bad-input',
    `${name} has ${Math.ceil(size / 1e6)} MB where ${mostGraphBytes / 1e6} MB is the most that can be opened: prune it where it was made and open it again.`,
  );
}
