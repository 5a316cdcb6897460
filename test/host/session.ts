// A window with the extension activated in it, for as long as a test takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { activate, deactivate } from '../../src/host/extension';
import type { TextEditor } from './fake/editor';
import type { Position } from './fake/types';
import type { World } from './fake/world';
import { CancellationTokenSource, newWorld, Selection, Uri } from './vscode';

export const cart = `class Cart:
    def __init__(self):
        self.total = 0
        self.items = []

    def add(self, price):
        self.total = self.total + price

    def clear(self):
        self.total = 0
        self.`;

export class Session {
  readonly storage = mkdtempSync(join(tmpdir(), 'whence-host-'));
  world!: World;
  #subscriptions: { dispose(): unknown }[] = [];
  readonly #state = new Map<string, unknown>();

  /** What the extension is given; several are open at once when a test says so. */
  start(prepare: (world: World) => void = () => {}): this {
    this.world = newWorld();
    // The first choice every time, so that a test sees the same text whenever it runs.
    this.world.settings.set('whence.temperature', 0);
    this.world.settings.set('whence.maxTokens', 12);
    prepare(this.world);
    this.#subscriptions = [];
    const state = this.#state;
    const context = {
      subscriptions: this.#subscriptions,
      extensionUri: Uri.file(process.cwd()),
      storageUri: Uri.file(join(this.storage, 'workspace')),
      globalStorageUri: Uri.file(join(this.storage, 'global')),
      workspaceState: {
        get: (key: string) => state.get(key),
        update: async (key: string, value: unknown) => void state.set(key, value),
      },
      extension: { extensionKind: 1, packageJSON: { version: '1.2.3' } },
    };
    activate(context as unknown as ExtensionContext);
    return this;
  }

  async stop(): Promise<void> {
    await deactivate();
    for (const part of this.#subscriptions.reverse()) part.dispose();
  }

  /** Ends the window and opens it again, with the same documents, those without a name left out. */
  async reload(): Promise<void> {
    const named = this.world.documents.filter(({ uri }) => uri.scheme === 'file');
    const documents = named.map((document) => ({
      name: document.uri.fsPath.replace('/workspace/', ''),
      text: document.getText(),
      language: document.languageId,
    }));
    await this.stop();
    this.start();
    for (const { name, text, language } of documents) this.world.open(name, text, language);
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.storage, { recursive: true, force: true });
  }

  /** Opens a document with the cursor at its end. */
  open(name: string, text: string, language = 'python'): TextEditor {
    const editor = this.world.open(name, text, language);
    placeCursor(editor, editor.document.positionAt(text.length));
    return editor;
  }

  /** The hover's text over a place; null for none. */
  async hover(editor: TextEditor, place: Position): Promise<string | null> {
    const { token } = new CancellationTokenSource();
    const hover = await this.world.hoverProvider!.provideHover(editor.document, place, token);
    return hover?.contents[0]?.value ?? null;
  }

  /** The hover when everything is known. */
  async fullHover(editor: TextEditor, place: Position): Promise<string> {
    return eventually(async () => {
      const text = await this.hover(editor, place);
      return text?.includes('hecked') || text?.includes('confirmed') ? text : null;
    });
  }

  /** The tree of records as text, a line each. */
  async tree(): Promise<string> {
    const { tree } = this.world;
    const items = (await tree!.getChildren()).map((element) => tree!.getTreeItem(element));
    return items.map((item) => `${item.label} (${item.description})`).join('\n');
  }
}

export function placeCursor(editor: TextEditor, at: Position): void {
  editor.selection = new Selection(at, at);
}

/** The first value that is not null; what takes so long on the slowest machine has failed. */
export async function eventually<T>(look: () => Promise<T | null> | T | null, within = 45_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    if (Date.now() > end) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
