// What the index of the loaded model says of its parts, for everybody who shows a part: hover, completion, side view and
// circuit. Names are fetched once for a model, evidence when it is asked for.

import * as vscode from 'vscode';
import { asWhenceError } from '../core/errors';
import type { FoundPart, NamedPart, PartLabel, PartSign } from '../core/partIndex/types';
import type { EngineProcess } from './engine/process';

interface Names {
  /** SHA-256 of the model they are of. */
  readonly model: string;
  readonly all: readonly NamedPart[];
  readonly byPart: ReadonlyMap<string, readonly NamedPart[]>;
}

export class PartIndex {
  readonly #changed = new vscode.EventEmitter<'come' | 'gone'>();
  /** Fires when names have come, or nothing that was told is true any more. */
  readonly onDidChange = this.#changed.event;
  #names: Names | null = null;
  #fetching: Promise<void> | null = null;
  readonly #evidence = new Map<string, FoundPart>();

  constructor(
    private readonly engine: EngineProcess,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * The name by rule of `L3N118` or `L3H2`: null where it has none, there is no index, or names were not fetched yet. A
   * neuron is named for its activations of one sign; without a sign, for the stronger ones that have a name.
   */
  labelOf(part: string, sign: PartSign = null): PartLabel | null {
    const known = this.#names?.byPart.get(part) ?? [];
    const found = known.find((each) => sign === null || each.sign === null || each.sign === sign);
    return found?.label ?? null;
  }

  /** Whether the engine runs: asking now starts nothing. */
  get isAwake(): boolean {
    const { phase } = this.engine.state;
    return phase !== 'stopped' && phase !== 'failed';
  }

  /** SHA-256 of the model that the fetched names are of. */
  get model(): string | null {
    return this.#names?.model ?? null;
  }

  /** Every part with a name, by layer, heads before neurons; empty before `fetchNames`. */
  get names(): readonly NamedPart[] {
    return this.#names?.all ?? [];
  }

  /** Fetches the names of the loaded model's parts unless they are there. Never rejects: without them nothing has a name. */
  fetchNames(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  /**
   * All that the index knows of a part; null where the model has no index.
   *
   * @throws WhenceError `bad-argument` when the model has no such part, and whatever reading the index throws
   */
  async evidenceOf(part: string, token?: vscode.CancellationToken): Promise<FoundPart | null> {
    const { sha256 } = await this.engine.load(token);
    const key = `${sha256} ${part}`;
    const known = this.#evidence.get(key);
    if (known) return known;
    const found = await this.engine.request('index/part', { part }, { token });
    if (found) this.#evidence.set(key, found);
    return found;
  }

  /** Forgets everything: another model was chosen, or the index was made anew. */
  clear(): void {
    this.#names = null;
    this.#evidence.clear();
    this.#changed.fire('gone');
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #fetch(): Promise<void> {
    try {
      const { sha256 } = await this.engine.load();
      if (this.#names?.model === sha256) return;
      const all = await this.engine.request('index/names', {});
      const byPart = new Map<string, NamedPart[]>();
      for (const named of all) {
        const same = byPart.get(named.part);
        if (same) same.push(named);
        else byPart.set(named.part, [named]);
      }
      this.#names = { model: sha256, all, byPart };
      this.#changed.fire('come');
    } catch (thrown) {
      this.log.warn(`The names of the model's parts were not read: ${asWhenceError(thrown).message}`);
    }
  }
}
