// What completions are steered with, until people turn it off: remembered for the workspace, shown in the status bar.

import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import type { ModelIdentity } from '../../core/model';
import type { Steering } from '../../core/steering';
import { setContext } from '../contributions';
import { Disposables } from '../disposables';
import type { SteeringVectors } from './vectors';

interface Remembered {
  readonly name: string;
  readonly strength: number;
}

const stateKey = 'whence.steering';

export class CompletionSteering {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #steering: Steering | null = null;
  /** When what was on before the window was opened is on again. */
  readonly loaded: Promise<void>;

  constructor(
    vectors: SteeringVectors,
    private readonly state: vscode.Memento,
  ) {
    this.loaded = this.#restore(vectors);
  }

  get current(): Steering | null {
    return this.#steering;
  }

  set(steering: Steering | null): void {
    this.#steering = steering;
    const remembered: Remembered | undefined = steering
      ? { name: steering.vector.name, strength: steering.strength }
      : undefined;
    void this.state.update(stateKey, remembered);
    setContext('whence.steered', steering !== null);
    this.#changed.fire();
  }

  /** What a model that writes is steered with. @throws WhenceError `bad-input` when that was made for another model */
  async of(model: ModelIdentity): Promise<Steering | null> {
    await this.loaded;
    const steering = this.#steering;
    if (!steering || steering.vector.model.sha256 === model.sha256) return steering;
    const { name, model: other } = steering.vector;
    throw new WhenceError(
      'bad-input',
      `Completions are steered with “${name}”, which was made for ${other.id} and means nothing to this ${model.id}. Turn it off with Whence: Stop Steering, or make a vector for this model.`,
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #restore(vectors: SteeringVectors): Promise<void> {
    const remembered = this.state.get<Remembered>(stateKey);
    if (!remembered) return;
    const vector = (await vectors.all()).find(({ name }) => name === remembered.name);
    // Meanwhile another one may have been chosen.
    if (this.#steering === null) this.set(vector ? { vector, strength: remembered.strength } : null);
  }
}
