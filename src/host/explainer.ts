// The explanations of tokens, for everybody who shows one: hover, marks, side view, circuit. Each is asked of the engine
// once and kept; who shows one asks what is known now and listens for more.

import * as vscode from 'vscode';
import { asWhenceError, cancelled, WhenceError } from '../core/errors';
import type { Explanation, Method } from '../core/explanation';
import type { HeadScores } from '../core/model';
import { originOf } from '../core/origin';
import type { WhenceRecord } from '../core/record';
import { unsupportedName } from '../core/unsupported';
import { Delay } from './disposables';
import type { EngineProcess } from './engine/process';
import { namesElsewhere } from './workspaceNames';

export interface Question {
  readonly record: WhenceRecord;
  readonly index: number;
  /** "Why not this?"; null for why the token itself. */
  readonly contrast: string | null;
  /** The tokens from `index` up to here, exclusive, are explained together. */
  readonly end: number;
  readonly method: Method;
  /** Ids of another context, for attribution patching. */
  readonly counterfactual?: readonly number[];
}

/** What is known of a question. While `progress` is not null more is coming. */
export interface Explained {
  /** At first without its measured check. */
  readonly explanation: Explanation | null;
  readonly progress: string | null;
  readonly error: WhenceError | null;
}

/**
 * Who wants to know. Each asks one question at a time: another one withdraws the first, unless somebody else wants it.
 */
export type Asker = 'selected' | 'hover';

/** The most explanations kept in memory; one of 512 tokens takes about 100 kB. */
const most = 200;

interface Entry {
  known: Explained;
  readonly answer: Promise<void>;
  readonly source: vscode.CancellationTokenSource;
  /** Typing withdrew the question before it was fully answered; what was known by then is still shown. */
  interrupted: boolean;
}

/** Typing has to rest for so many milliseconds before what it withdrew is asked again. */
const typingPause = 600;

const nothing: Explained = { explanation: null, progress: null, error: null };

export class Explainer {
  readonly #entries = new Map<string, Entry>();
  readonly #wanted = new Map<Asker, string>();
  readonly #heads = new Map<string, readonly HeadScores[]>();
  readonly #measuring = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when more is known of any question. */
  readonly onDidChange = this.#changed.event;

  readonly #typing = new Delay(typingPause, () => this.#resume());
  readonly #documents: vscode.Disposable;
  #paused = false;

  constructor(
    private readonly engine: EngineProcess,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#documents = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.uri.scheme !== 'output') this.#pause();
    });
  }

  /** What is known, without asking. */
  known(question: Question): Explained {
    return this.#entries.get(keyOf(question))?.known ?? nothing;
  }

  /** The roles of a model's heads; null until they were measured. */
  headScores(record: WhenceRecord): readonly HeadScores[] | null {
    return this.#heads.get(record.model.sha256) ?? null;
  }

  /** Asks for what is shown, unless that was tried: what failed is not asked again until somebody says so. */
  want(question: Question, asker: Asker): void {
    if (this.#paused) return;
    const { explanation, progress, error } = this.known(question);
    const interrupted = this.#entries.get(keyOf(question))?.interrupted === true;
    if (interrupted || (explanation === null && progress === null && error === null))
      void this.ask(question, asker);
  }

  /** Asks, unless the answer is known or on its way. Fulfilled when nothing more is coming; never rejects. */
  ask(question: Question, asker: Asker): Promise<void> {
    const key = keyOf(question);
    this.#withdraw(asker, key);
    this.#wanted.set(asker, key);
    const entry = this.#entries.get(key);
    // What failed is tried again: the engine may be back, or another model chosen.
    if (entry && entry.known.error === null && !entry.interrupted) return entry.answer;
    return this.#start(key, question);
  }

  /** Asks, and fulfils with the explanation as soon as there is one, its measured check still missing. */
  async explained(question: Question, token: vscode.CancellationToken): Promise<Explanation> {
    void this.ask(question, 'selected');
    return new Promise((resolve, reject) => {
      const settle = () => {
        const { explanation, progress, error } = this.known(question);
        if (explanation) resolve(explanation);
        else if (error) reject(error);
        else if (token.isCancellationRequested || progress === null) reject(cancelled());
        else return;
        changed.dispose();
        withdrawn.dispose();
      };
      const changed = this.onDidChange(settle);
      const withdrawn = token.onCancellationRequested(settle);
      settle();
    });
  }

  /** Takes over what another window found out. */
  restore(question: Question, explanation: Explanation, headScores: readonly HeadScores[] | null): void {
    const known: Explained = { ...nothing, explanation };
    this.#entries.set(keyOf(question), {
      known,
      answer: Promise.resolve(),
      source: new vscode.CancellationTokenSource(),
      interrupted: false,
    });
    if (headScores) this.#heads.set(question.record.model.sha256, headScores);
    this.#changed.fire();
  }

  /**
   * Before the engine is ended on purpose: what is under way is withdrawn and what failed is forgotten, so that whoever
   * shows it asks again.
   */
  again(): void {
    for (const [key, { known, source }] of this.#entries) {
      if (known.progress === null && known.error === null) continue;
      source.cancel();
      this.#entries.delete(key);
    }
    this.#changed.fire();
  }

  /** Forgets everything; questions under way are withdrawn. */
  clear(): void {
    for (const entry of this.#entries.values()) entry.source.cancel();
    this.#entries.clear();
    this.#heads.clear();
    this.#changed.fire();
  }

  dispose(): void {
    for (const entry of this.#entries.values()) entry.source.cancel();
    this.#typing.dispose();
    this.#documents.dispose();
    this.#changed.dispose();
  }

  /** Whoever types waits for nothing: what is under way is withdrawn, and asked again when the typing rests. */
  #pause(): void {
    this.#paused = true;
    this.#typing.start();
    for (const [key, entry] of this.#entries) {
      if (entry.known.progress === null) continue;
      entry.source.cancel();
      if (entry.known.explanation === null) this.#entries.delete(key);
      else {
        entry.known = { ...entry.known, progress: null };
        entry.interrupted = true;
      }
    }
  }

  #resume(): void {
    this.#paused = false;
    this.#changed.fire();
  }

  #withdraw(asker: Asker, next: string): void {
    const key = this.#wanted.get(asker);
    if (key === undefined || key === next) return;
    this.#wanted.delete(asker);
    if ([...this.#wanted.values()].includes(key)) return;
    const entry = this.#entries.get(key);
    if (!entry || entry.known.progress === null) return;
    entry.source.cancel();
    this.#entries.delete(key);
  }

  #start(key: string, question: Question): Promise<void> {
    const source = new vscode.CancellationTokenSource();
    const explanation = this.#entries.get(key)?.known.explanation ?? null;
    const known: Explained = { ...nothing, explanation, progress: 'Looking inside the model…' };
    const entry: Entry = { known, source, answer: this.#answer(key, question, source), interrupted: false };
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= most) break;
      if (![...this.#wanted.values()].includes(oldest)) this.#entries.delete(oldest);
    }
    this.#changed.fire();
    return entry.answer;
  }

  async #answer(key: string, question: Question, source: vscode.CancellationTokenSource): Promise<void> {
    // The entry stands in the map before anything is known.
    await Promise.resolve();
    const update = (change: Partial<Explained>) => {
      const entry = this.#entries.get(key);
      if (entry?.source !== source || source.token.isCancellationRequested) return;
      entry.known = { ...entry.known, ...change };
      this.#changed.fire();
    };
    try {
      const { token } = source;
      const { record, index, end, contrast, method, counterfactual } = question;
      await this.requireModel(record, token);
      const params = {
        ids: record.tokens.map((each) => each.id),
        position: index,
        ...(end > index + 1 && { end }),
        target: null,
        contrast,
        verify: true,
        method,
        counterfactual,
      };
      const explanation = await this.engine.request('explain', params, {
        token,
        onNotification: (notification) => {
          if (notification.name === 'explain/attributed') {
            // Whether its name has support is looked up last.
            const explanation = { ...notification.params.explanation, name: null };
            update({ explanation, progress: 'Checking it by experiment…' });
          }
          if (notification.name === 'progress') update({ progress: notification.params.message });
        },
      });
      void this.#measureHeads(record);
      const name = unsupportedName(explanation, originOf(explanation), null);
      if (name) {
        const progress = `Looking for ${name.text} in the workspace…`;
        update({ explanation: { ...explanation, name: null }, progress });
      }
      const known = name && { ...name, elsewhere: await this.#standsElsewhere(name.text, record, token) };
      update({ explanation: known ? { ...explanation, name: known } : explanation, progress: null });
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (error.code === 'cancelled') {
        const entry = this.#entries.get(key);
        if (entry?.source === source && !entry.interrupted) this.#entries.delete(key);
        return;
      }
      this.log.warn(error.message);
      update({ progress: null, error });
    }
  }

  /** A record can be explained by the model that wrote it only. */
  async requireModel(record: WhenceRecord, token?: vscode.CancellationToken): Promise<void> {
    const model = await this.engine.load(token);
    if (model.sha256 === record.model.sha256) return;
    throw new WhenceError(
      'bad-input',
      model.id === record.model.id
        ? `The files of ${model.id} have changed since this was recorded, so it cannot be explained exactly. Complete or explain the code again.`
        : `This was recorded with the model ${record.model.id}, but ${model.id} is loaded. Choose ${record.model.id} with Whence: Select Model to explain it.`,
    );
  }

  /**
   * Whether a name stands in another file of the program, which the engine cannot see. Where files cannot be listed it is not
   * known to: what was explained is not lost over it.
   */
  async #standsElsewhere(
    name: string,
    record: WhenceRecord,
    token: vscode.CancellationToken,
  ): Promise<boolean> {
    try {
      return (await namesElsewhere(new Set([name]), vscode.Uri.parse(record.document), token)).has(name);
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (error.code === 'cancelled') throw error;
      this.log.warn(`The workspace was not searched for ${name}: ${error.message}`);
      return false;
    }
  }

  /** Once for each model, after the first answer, which does not have to wait for it. */
  async #measureHeads({ model }: WhenceRecord): Promise<void> {
    if (this.#heads.has(model.sha256) || this.#measuring.has(model.sha256)) return;
    this.#measuring.add(model.sha256);
    try {
      this.#heads.set(model.sha256, await this.engine.request('model/heads', {}));
      this.#changed.fire();
    } catch (thrown) {
      this.log.warn(`The roles of the heads were not measured: ${asWhenceError(thrown).message}`);
    } finally {
      this.#measuring.delete(model.sha256);
    }
  }
}

function keyOf({ record, index, end, contrast, method, counterfactual }: Question): string {
  return JSON.stringify([record.id, index, end, contrast, method, counterfactual ?? null]);
}
