// What there is around the extension: documents, editors, settings, and everything the user would see.

import { readFileSync } from 'node:fs';
import type { TextDocument } from './document';
import { TextDocument as Document } from './document';
import { type DecorationType, TextEditor } from './editor';
import { FakePanel } from './panel';
import type { TestController } from './testing';
import {
  CancellationTokenSource,
  type CompletionList,
  type Diagnostic,
  EventEmitter,
  type MarkdownString,
  type Range,
  type TextEdit,
  Uri,
} from './types';

export interface ChangeEvent {
  readonly document: TextDocument;
  readonly contentChanges: readonly unknown[];
  readonly reason: undefined;
}

export interface StatusItem {
  text: string;
  tooltip?: MarkdownString;
  command?: string;
  accessibilityInformation?: { readonly label: string };
  name?: string;
  backgroundColor?: unknown;
  shown: boolean;
  show(): void;
  hide(): void;
  dispose(): void;
}

export interface QuickPickItem {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** Whoever watches a pattern; disposed ones are taken away. */
export interface FileWatcher {
  readonly created: EventEmitter<Uri>;
  readonly edited: EventEmitter<Uri>;
  readonly deleted: EventEmitter<Uri>;
}

type Manifest = {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
};

export class World {
  readonly manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  documents: TextDocument[] = [];
  visible: TextEditor[] = [];
  active: TextEditor | undefined;
  readonly settings = new Map<string, unknown>();
  readonly commands = new Map<string, (...args: never[]) => unknown>();
  readonly context = new Map<string, unknown>();
  /** Messages, each with its kind, as `error: …`. */
  readonly messages: string[] = [];
  readonly log: string[] = [];
  readonly progress: string[] = [];
  /** How far what shows its progress said that it was. */
  readonly reported: string[] = [];
  /** Cancels what shows its progress. */
  withdrawal = new CancellationTokenSource().token;
  /** What a preview shows beside the editor, and what was opened outside of VS Code. */
  previewed: Uri | undefined;
  browsed: Uri | undefined;
  statusMessage = '';
  /** By their ids. */
  readonly statusItems = new Map<string, StatusItem>();
  readonly types: DecorationType[] = [];
  readonly gone = new Set<DecorationType>();
  /** What is wrong with documents, by URI. */
  readonly faults = new Map<string, readonly Diagnostic[]>();
  formatter: { provideDocumentFormattingEdits(document: unknown): readonly TextEdit[] } | null = null;
  hoverProvider: HoverProvider | null = null;
  completionProvider: CompletionProvider | null = null;
  lenses: {
    provideCodeLenses(document: unknown): readonly {
      readonly range: Range;
      readonly command: { readonly command: string; readonly arguments: readonly unknown[] };
    }[];
  } | null = null;
  /** Of circuit files. */
  readonly circuit: CircuitProviders = { hover: null, completion: null };
  readonly testing: TestController[] = [];
  /** Files on disk that no editor has open, by URI. */
  readonly files = new Map<string, string>();
  readonly watchers: FileWatcher[] = [];
  readonly contentProviders = new Map<string, ContentProvider>();
  view: FakePanel | null = null;
  viewProvider: { resolveWebviewView(view: unknown): void } | null = null;
  serializer: { deserializeWebviewPanel(panel: unknown, state: unknown): Promise<void> } | null = null;
  tree: TreeProvider | null = null;
  readonly panels: unknown[] = [];
  clipboard = '';
  /** The folders that are open. */
  folders: readonly { readonly name: string; readonly uri: Uri }[] = [
    { name: 'workspace', uri: Uri.file('/workspace') },
  ];
  /** Where the last question for a file began. */
  offered: Uri | undefined;
  /** Where the next question for a place to save is answered with. */
  place: Uri | undefined;
  /** The file that the next question for one is answered with, a URI. */
  chosen: string | undefined;
  /** Answers the next list of choices: the picked item, or text that is typed. */
  pick: (items: readonly QuickPickItem[]) => QuickPickItem | string | undefined = () => undefined;
  /** Answers the next box to type into. */
  input: () => string | undefined = () => undefined;
  /** Answers the next message that has buttons. */
  answer: string | undefined;

  readonly changed = new EventEmitter<ChangeEvent>();
  readonly opened = new EventEmitter<TextDocument>();
  readonly saved = new EventEmitter<TextDocument>();
  readonly closed = new EventEmitter<TextDocument>();
  readonly renamed = new EventEmitter<{ files: readonly { oldUri: Uri; newUri: Uri }[] }>();
  readonly selected = new EventEmitter<unknown>();
  readonly visibleChanged = new EventEmitter<readonly TextEditor[]>();
  readonly activeChanged = new EventEmitter<TextEditor | undefined>();
  readonly configured = new EventEmitter<{ affectsConfiguration(section: string): boolean }>();

  /** The item of the engine. */
  get status(): StatusItem | null {
    return this.statusItems.get('whence.status') ?? null;
  }

  /** A document in an editor that becomes the active one. */
  open(name: string, text: string, language = 'python', uri = Uri.file(`/workspace/${name}`)): TextEditor {
    const known = this.documents.find((document) => document.uri.toString() === uri.toString());
    const document = known ?? new Document(this, uri, language, text);
    const editor = new TextEditor(this, document);
    if (!known) this.documents.push(document);
    this.visible = [editor];
    this.active = editor;
    if (!known) this.opened.fire(document);
    this.visibleChanged.fire(this.visible);
    this.activeChanged.fire(editor);
    return editor;
  }

  /** A document without a name, which no editor shows yet. */
  untitled(language: string, text: string): TextDocument {
    const uri = Uri.parse(`untitled:Untitled-${this.documents.length}`);
    const document = new Document(this, uri, language, text);
    this.documents.push(document);
    this.opened.fire(document);
    return document;
  }

  /** Something that is no text comes to the front. */
  hideEditors(): void {
    this.visible = [];
    this.active = undefined;
    this.visibleChanged.fire(this.visible);
    this.activeChanged.fire(undefined);
  }

  /** Opens the side view, whose page then loads. */
  openView(): void {
    this.view = new FakePanel('Explanation');
    this.viewProvider?.resolveWebviewView(this.view);
    this.view.webview.says({ type: 'ready' });
  }

  close(document: TextDocument): void {
    this.documents = this.documents.filter((open) => open !== document);
    this.visible = this.visible.filter((editor) => editor.document !== document);
    this.closed.fire(document);
  }

  closeAll(): void {
    for (const document of this.documents) this.close(document);
    this.active = undefined;
    this.activeChanged.fire(undefined);
  }

  setting(name: string): unknown {
    const property = this.manifest.contributes.configuration.properties[name];
    if (!property) throw new Error(`package.json has no setting ${name}.`);
    return this.settings.has(name) ? this.settings.get(name) : property.default;
  }

  configure(name: string, value: unknown): void {
    this.settings.set(name, value);
    this.configured.fire({
      affectsConfiguration: (section) => name === section || name.startsWith(`${section}.`),
    });
  }

  async run(command: string, ...args: unknown[]): Promise<unknown> {
    const handler = this.commands.get(command) as ((...given: unknown[]) => unknown) | undefined;
    if (!handler) throw new Error(`There is no command ${command}.`);
    return handler(...args);
  }

  /** How many listeners the extension left behind. */
  get listeners(): number {
    const emitters = [
      this.changed,
      this.opened,
      this.saved,
      this.closed,
      this.renamed,
      this.selected,
      this.visibleChanged,
    ];
    return [...emitters, this.activeChanged, this.configured].reduce(
      (sum, emitter) => sum + emitter.listeners,
      0,
    );
  }
}

export interface HoverProvider {
  provideHover(
    document: unknown,
    position: unknown,
    token: unknown,
  ): Promise<{ contents: readonly MarkdownString[] } | null>;
}

interface CircuitProviders {
  hover: HoverProvider | null;
  completion: {
    provideCompletionItems(document: unknown, position: unknown): Promise<CompletionList>;
  } | null;
}

export interface ContentProvider {
  provideTextDocumentContent(uri: Uri): Promise<string>;
}

export interface CompletionProvider {
  provideInlineCompletionItems(
    document: unknown,
    position: unknown,
    context: { readonly triggerKind: number },
    token: unknown,
  ): Promise<
    readonly { insertText: string; command?: { command: string; arguments?: readonly unknown[] } }[]
  >;
}

export interface TreeProvider {
  getChildren(): Promise<readonly unknown[]>;
  getTreeItem(element: unknown): {
    readonly label: string;
    readonly description?: string;
    readonly tooltip?: MarkdownString;
    readonly accessibilityInformation?: { readonly label: string };
  };
}
