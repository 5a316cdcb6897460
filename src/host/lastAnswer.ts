// The explanation of the current token on disk, so that the panels show it again after a reload of the window without a
// question to the engine.

import type * as vscode from 'vscode';
import { answerOf } from '../core/answer';
import { asWhenceError } from '../core/errors';
import type { Explanation } from '../core/explanation';
import type { HeadScores } from '../core/model';
import type { Current } from './current';
import { Delay, Disposables } from './disposables';
import type { Explainer, Question } from './explainer';
import { readSealed, writeSealed } from './wholeFile';

interface Stored {
  readonly question: Pick<Question, 'index' | 'end' | 'contrast' | 'method'> & { readonly record: string };
  readonly explanation: Explanation;
  readonly headScores: readonly HeadScores[] | null;
}

const saveDelay = 500;

export class LastAnswer {
  readonly #disposables = new Disposables();
  readonly #save = this.#disposables.add(new Delay(saveDelay, () => void this.#store()));
  #stored: { explanation: Explanation; headScores: unknown } | null = null;

  constructor(
    private readonly file: string,
    private readonly current: Current,
    private readonly explainer: Explainer,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#disposables.add(explainer.onDidChange(() => this.#save.start()));
    this.#disposables.add(current.onDidChange(() => this.#save.start()));
  }

  /** Gives the explainer what the last window knew of the current token, whose record must be there. */
  async restore(): Promise<void> {
    const { question } = this.current;
    const stored = question && (await this.#read());
    if (!stored || JSON.stringify(stored.question) !== JSON.stringify(nameOf(question))) return;
    if (!isReadable(stored)) return;
    if (!this.explainer.known(question).explanation)
      this.explainer.restore(question, stored.explanation, stored.headScores);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #store(): Promise<void> {
    const { question } = this.current;
    const known = question && this.explainer.known(question);
    if (!question || !known?.explanation || known.progress !== null) return;
    const headScores = this.explainer.headScores(question.record);
    const { explanation } = known;
    if (this.#stored?.explanation === explanation && this.#stored.headScores === headScores) return;
    this.#stored = { explanation, headScores };
    const text = JSON.stringify({ question: nameOf(question), explanation, headScores } satisfies Stored);
    try {
      await writeSealed(this.file, text);
    } catch (thrown) {
      this.log.info(`The last explanation was not stored: ${asWhenceError(thrown).message}`);
    }
  }

  /** Null for a file that is not there, or not whole: then the question is asked again when somebody wants to know. */
  async #read(): Promise<Stored | null> {
    const text = await readSealed(this.file);
    return text === null ? null : (JSON.parse(text) as Stored);
  }
}

/** An earlier version of Whence may have stored less than this one needs; then it cannot be put into words. */
function isReadable({ explanation, headScores }: Stored): boolean {
  try {
    answerOf(explanation, headScores, () => 0);
    return true;
  } catch {
    return false;
  }
}

function nameOf({ record, index, end, contrast, method }: Question): Stored['question'] {
  return { record: record.id, index, end, contrast, method };
}
