// An engine that runs circuit or audit files: a process of its own, so that a long suite keeps no hover waiting
// and a file can be about another model than the one that writes. It starts with the first run and ends when idle.

import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import type { ResultOf } from '../../core/protocol';
import { setting } from '../contributions';
import type { AskParams } from '../engine/life';
import type { AskOptions, EngineProcess } from '../engine/process';
import { foldersAround } from '../folders';
import { embeddedModel, modelFolders } from '../model';

export class CircuitEngine {
  #process: EngineProcess | null = null;
  #path = '';
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    /** Makes an engine for the model at a path. */
    private readonly engineFor: (path: string) => EngineProcess,
    private readonly extension: vscode.Uri,
  ) {}

  /**
   * Asks about a file with its model: the one it names, as `whence test` takes it, or the embedded one. Files of different
   * models take turns.
   *
   * @param file undefined for a text that is no file yet
   * @throws WhenceError as the engine, `model-missing` when there is no such model
   */
  ask<N extends 'circuit/run' | 'audit/run'>(
    question: N,
    model: string | null,
    file: vscode.Uri | undefined,
    params: AskParams<N>,
    options: AskOptions,
  ): Promise<ResultOf<N>> {
    const work = async () => {
      const path = await this.pathOf(model, file);
      return this.#of(path).request(question, params, options);
    };
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Where a model lies that a file names, first from the folder that the file is in; null for the embedded one. */
  async pathOf(name: string | null, file?: vscode.Uri): Promise<string> {
    const embedded = vscode.Uri.joinPath(this.extension, ...embeddedModel).fsPath;
    if (name === null) return embedded;
    const folders = foldersAround(file).map(({ fsPath }) => fsPath);
    const path = (isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))).find(existsSync);
    if (path) return path;
    const found = await this.#of(this.#path || embedded).request('model/find', {
      embedded,
      folders: modelFolders(setting('whence.modelFolders')),
    });
    const named = found.find(({ id }) => id === name);
    if (!named) {
      throw new WhenceError(
        'model-missing',
        `The file is about the model ${name}, and there is none of that name on this machine: Whence: Select Model lists what was found.`,
      );
    }
    if (named.problem) throw new WhenceError('model-unsupported', named.problem);
    return named.path;
  }

  dispose(): void {
    this.#process?.dispose();
  }

  /** The engine of a model. One that has given up is replaced: who runs a test asks for it to be tried again. */
  #of(path: string): EngineProcess {
    if (this.#process && this.#path === path && this.#process.state.phase !== 'failed') return this.#process;
    this.#process?.dispose();
    this.#path = path;
    this.#process = this.engineFor(path);
    return this.#process;
  }
}
