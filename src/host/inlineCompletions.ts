// Completions while typing, for those who turned them on. A provider never shows a message: what goes wrong is logged.

import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { asWhenceError } from '../core/errors';
import { type Completion, generate, placeOf, recordCompletion } from './commands/complete';
import { setting } from './contributions';
import { Disposables } from './disposables';
import { linesOf, offsetAt } from './documents';
import type { Whence } from './whence';

/** Typing has to pause for so many milliseconds. */
const pause = 250;

/** Suggestions that may still be accepted. */
const remembered = 20;

export class InlineCompletions implements vscode.InlineCompletionItemProvider {
  readonly #disposables = new Disposables();
  readonly #offered = new Map<string, { readonly completion: Completion; readonly uri: string }>();
  #registration: vscode.Disposable | null = null;
  #count = 0;

  constructor(private readonly whence: Whence) {
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('whence.automaticCompletions')) this.#configure();
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
      if (context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic) await sleep(pause);
      if (token.isCancellationRequested) return [];
      const cursor = offsetAt(document, position);
      const completion = await generate(this.whence.engine, document, cursor, 'statement', token);
      const { text } = completion.result;
      if (token.isCancellationRequested || text.trim() === '') return [];
      const item = new vscode.InlineCompletionItem(text, placeOf(document, position, text));
      item.command = {
        command: 'whence.completionAccepted',
        title: 'Keep a record',
        arguments: [this.#remember(completion, document.uri.toString())],
      };
      return [item];
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (error.code !== 'cancelled') this.whence.log.warn(`No completion: ${error.message}`);
      return [];
    }
  }

  /** Run by VS Code after a suggestion was inserted. */
  async accepted(id: string | undefined): Promise<void> {
    const offered = this.#offered.get(id ?? '');
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === offered?.uri);
    if (!offered || !document) return;
    const { reading, result } = offered.completion;
    const written = reading.text + result.text;
    const { text } = linesOf(document);
    // Part of it may have been typed over by the editor; then there is nothing true to record.
    if (!text.startsWith(written, reading.offset)) return;
    await recordCompletion(this.whence, offered.completion, document);
  }

  dispose(): void {
    this.#registration?.dispose();
    this.#disposables.dispose();
  }

  #configure(): void {
    const wanted = setting('whence.automaticCompletions');
    if (wanted && !this.#registration) {
      this.#registration = vscode.languages.registerInlineCompletionItemProvider({ pattern: '**' }, this);
    } else if (!wanted) {
      this.#registration?.dispose();
      this.#registration = null;
    }
  }

  #remember(completion: Completion, uri: string): string {
    const id = String(++this.#count);
    this.#offered.set(id, { completion, uri });
    for (const oldest of this.#offered.keys()) {
      if (this.#offered.size <= remembered) break;
      this.#offered.delete(oldest);
    }
    return id;
  }
}
