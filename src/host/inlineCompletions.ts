// Completions as ghost text: while typing, for those who turned them on, or when asked for. Their tokens can be asked about
// before they are accepted. A provider never shows a message: what goes wrong is logged.

import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { asWhenceError, WhenceError } from '../core/errors';
import { isExplainable, type WhenceRecord } from '../core/record';
import { type Completion, generate, placeOf, recordOfCompletion } from './commands/complete';
import { setting } from './contributions';
import { Disposables } from './disposables';
import { linesOf, offsetAt } from './documents';
import { editorBehind } from './reading';
import type { Whence } from './whence';

/** Typing has to pause for so many milliseconds. */
const pause = 250;

/** Suggestions that may still be accepted. */
const remembered = 20;

/** A suggestion, where it was made and the record that it becomes. */
interface Offer {
  readonly completion: Completion;
  readonly record: WhenceRecord;
  readonly document: vscode.TextDocument;
  readonly version: number;
  /** An offset as documents.ts counts. */
  readonly cursor: number;
}

export class InlineCompletions implements vscode.InlineCompletionItemProvider {
  readonly #disposables = new Disposables();
  readonly #offered = new Map<string, Offer>();
  #registration: vscode.Disposable | null = null;
  /** What is shown again rather than another one, as long as nothing changes: it is being explained. */
  #held: Offer | null = null;

  constructor(private readonly whence: Whence) {
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('whence.automaticCompletions')) this.#configure();
      }),
    );
    this.#disposables.add(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document !== this.#held?.document) return;
        this.#held = null;
        this.#configure();
      }),
    );
    this.#configure();
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    try {
      const cursor = offsetAt(document, position);
      if (this.#held && isAt(this.#held, document, cursor)) return [itemOf(this.#held, position)];
      if (!setting('whence.automaticCompletions')) return [];
      if (context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic) await sleep(pause);
      if (token.isCancellationRequested) return [];
      const offer = await this.#offer(document, cursor, token);
      if (token.isCancellationRequested || offer.completion.result.text.trim() === '') return [];
      return [itemOf(offer, position)];
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (error.code !== 'cancelled') this.whence.log.warn(`No completion: ${error.message}`);
      return [];
    }
  }

  /** Run by VS Code after a suggestion was inserted. */
  async accepted(id: string | undefined): Promise<void> {
    const offer = this.#offered.get(id ?? '');
    if (!offer || offer.document.isClosed) return;
    const { reading, result } = offer.completion;
    const { text } = linesOf(offer.document);
    // Part of it may have been typed over by the editor; then there is nothing true to record.
    if (!text.startsWith(reading.text + result.text + result.after, reading.offset)) return;
    await this.whence.records.add(offer.record, offer.document);
  }

  /**
   * Whence: Explain a Suggestion Before Accepting It. The suggestion that is shown, or one that is made now, stays while its
   * tokens are asked about in the side view; Tab accepts it as always.
   */
  async explain(): Promise<void> {
    const { current, records, marks, explanation, work } = this.whence;
    const { document, selection } =
      vscode.window.activeTextEditor ?? (await editorBehind('suggests at the cursor'));
    const cursor = offsetAt(document, selection.active);
    const shown = [...this.#offered.values()].findLast((offer) => isAt(offer, document, cursor));
    const offer =
      shown ?? (await work.run('writing', (token) => this.#offer(document, cursor, token), document));
    if (offer.completion.result.text.trim() === '')
      throw new WhenceError('bad-input', 'The model had nothing to suggest at the cursor.');
    this.#held = offer;
    this.#configure();
    const { record } = offer;
    records.preview(record);
    const index = record.tokens.findIndex(
      (token, i) => isExplainable(record, i) && token.end > record.asked.start && token.text.trim() !== '',
    );
    current.ref = { record: record.id, index: index < 0 ? record.first : index };
    marks.show();
    await explanation.show();
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
  }

  dispose(): void {
    this.#registration?.dispose();
    this.#disposables.dispose();
  }

  #configure(): void {
    const wanted = setting('whence.automaticCompletions') || this.#held !== null;
    if (wanted && !this.#registration) {
      this.#registration = vscode.languages.registerInlineCompletionItemProvider({ pattern: '**' }, this);
    } else if (!wanted) {
      this.#registration?.dispose();
      this.#registration = null;
    }
  }

  async #offer(
    document: vscode.TextDocument,
    cursor: number,
    token: vscode.CancellationToken,
  ): Promise<Offer> {
    const { version } = document;
    const completion = await generate(this.whence, document, cursor, 'statement', token);
    const record = recordOfCompletion(completion, document);
    const offer = { completion, record, document, version, cursor };
    this.#offered.set(record.id, offer);
    for (const oldest of this.#offered.keys()) {
      if (this.#offered.size <= remembered) break;
      this.#offered.delete(oldest);
    }
    return offer;
  }
}

function isAt(offer: Offer, document: vscode.TextDocument, cursor: number): boolean {
  return offer.document === document && offer.version === document.version && offer.cursor === cursor;
}

function itemOf({ completion, record, document }: Offer, position: vscode.Position) {
  const { result } = completion;
  const item = new vscode.InlineCompletionItem(result.text, placeOf(document, position, result));
  item.command = { command: 'whence.completionAccepted', title: 'Keep a record', arguments: [record.id] };
  return item;
}
