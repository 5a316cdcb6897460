// Reading a graph from a file, whoever made it.

import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { mostGraphBytes } from '../../core/interchange/format';
import { type ImportedGraph, importGraph } from '../../core/interchange/import';
import { nameOf } from '../documents';
import { hashOf } from '../hash';

interface OpenedGraph extends ImportedGraph {
  /** Of the file. */
  readonly name: string;
  /** Of this content at this place: another file's nodes are others, whatever it is called. */
  readonly id: string;
}

/**
 * @throws WhenceError `bad-input` for a file that cannot be read, is too large, or no graph
 */
export async function readGraphFile(uri: vscode.Uri): Promise<OpenedGraph> {
  const name = nameOf(uri.toString());
  const text = new TextDecoder().decode(await read(uri, name));
  return {
    ...importGraph(text),
    name,
    id: hashOf(JSON.stringify([uri.toString(), hashOf(text)])).slice(0, 16),
  };
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
