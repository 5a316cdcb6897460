// What is kept of circuits: how each was set, by its id, and the last one that was shown, so that the panel shows it again
// after a reload of the window without a question to the engine.

import type * as vscode from 'vscode';
import type { CircuitSettings } from '../../core/circuitPanel';
import { asWhenceError } from '../../core/errors';
import type { GraphDocument } from '../../core/graphDocument';
import { exportGraph } from '../../core/interchange/export';
import { importGraph } from '../../core/interchange/import';
import { readSealed, writeSealed } from '../wholeFile';

const settingsKey = 'whence.circuitSettings';
/** Circuits whose settings are kept: those set last. */
const mostSettings = 50;

/** Where a circuit is from: a token of a record, or a file. */
export type Origin =
  | {
      readonly kind: 'token';
      readonly record: string;
      readonly index: number;
      readonly contrast: string | null;
    }
  | { readonly kind: 'file'; readonly uri: string };

export interface LastCircuit {
  readonly origin: Origin;
  /** Null for a file, which is read again. */
  readonly document: GraphDocument | null;
  readonly notes: readonly string[];
}

interface Stored {
  readonly origin: Origin;
  readonly graph: string | null;
  readonly notes: readonly string[];
}

export class CircuitMemory {
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly state: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
    private readonly version: string,
  ) {}

  settingsOf(id: string): CircuitSettings | null {
    return new Map(this.#settings).get(id) ?? null;
  }

  saveSettings(id: string, settings: CircuitSettings): void {
    const others = this.#settings.filter(([each]) => each !== id);
    void this.state.update(settingsKey, [[id, settings], ...others].slice(0, mostSettings));
  }

  /** Keeps what is shown; one write follows the other. */
  store({ origin, document, notes }: LastCircuit): Promise<void> {
    const graph = document && JSON.stringify(exportGraph(document, this.version));
    const text = JSON.stringify({ origin, graph, notes } satisfies Stored);
    this.#writing = this.#writing.then(async () => {
      try {
        await writeSealed(this.file, text);
      } catch (thrown) {
        this.log.info(`The last circuit was not stored: ${asWhenceError(thrown).message}`);
      }
    });
    return this.#writing;
  }

  /** Null for a file that is not there, not whole, or of another version of Whence. */
  async last(): Promise<LastCircuit | null> {
    const text = await readSealed(this.file);
    if (text === null) return null;
    try {
      const { origin, graph, notes } = JSON.parse(text) as Stored;
      return { origin, document: graph === null ? null : importGraph(graph).document, notes };
    } catch (thrown) {
      this.log.info(`The last circuit cannot be shown again: ${asWhenceError(thrown).message}`);
      return null;
    }
  }

  get #settings(): readonly (readonly [string, CircuitSettings])[] {
    return this.state.get<[string, CircuitSettings][]>(settingsKey) ?? [];
  }
}
