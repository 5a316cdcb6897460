// The `vscode` module for tests: the extension's code runs against it unchanged, and `world` shows what people would see.

import { readdirSync, readFileSync } from 'node:fs';
import type { TextDocument } from './fake/document';
import type { DecorationType } from './fake/editor';
import { FakePanel } from './fake/panel';
import { QuickPick } from './fake/quickPick';
import { TestController } from './fake/testing';
import { type Diagnostic, Disposable, EventEmitter, TabInputText, Uri } from './fake/types';
import {
  type ContentProvider,
  type FileWatcher,
  type QuickPickItem,
  type StatusItem,
  World,
} from './fake/world';

export * from './fake/testing';
export * from './fake/types';

/** Each test makes its own. */
export let world = new World();

export function newWorld(): World {
  world = new World();
  return world;
}

/** Only who types into a box sees it, which nobody does here. */
export const InputBoxValidationSeverity = { Info: 1, Warning: 2, Error: 3 };

const nothing = new Disposable(() => {});

export const window = {
  get activeTextEditor() {
    return world.active;
  },
  get visibleTextEditors() {
    return world.visible;
  },
  get tabGroups() {
    return { all: [{ tabs: world.documents.map(({ uri }) => ({ input: new TabInputText(uri) })) }] };
  },
  onDidChangeActiveTextEditor: (listener: (editor: unknown) => unknown) =>
    world.activeChanged.event(listener),
  onDidChangeVisibleTextEditors: (listener: (editors: unknown) => unknown) =>
    world.visibleChanged.event(listener),
  onDidChangeTextEditorSelection: (listener: (event: unknown) => unknown) => world.selected.event(listener),
  createTextEditorDecorationType(options: unknown): DecorationType {
    const type: DecorationType = { key: world.types.length, options, dispose: () => world.gone.add(type) };
    world.types.push(type);
    return type;
  },
  createOutputChannel: () => {
    const level = (name: string) => (message: unknown) => world.log.push(`${name}: ${String(message)}`);
    return { info: level('info'), warn: level('warn'), error: level('error'), show() {}, dispose() {} };
  },
  createStatusBarItem(id: string): StatusItem {
    const item: StatusItem = {
      text: '',
      shown: false,
      show: () => (item.shown = true),
      hide: () => (item.shown = false),
      dispose: () => world.statusItems.delete(id),
    };
    world.statusItems.set(id, item);
    return item;
  },
  setStatusBarMessage: (message: string) => {
    world.statusMessage = message;
    return nothing;
  },
  showErrorMessage: (message: string) => say('error', message),
  showWarningMessage: (message: string) => say('warning', message),
  showInformationMessage: (message: string) => say('information', message),
  async showQuickPick(items: readonly QuickPickItem[] | Promise<readonly QuickPickItem[]>) {
    return world.pick(await items);
  },
  createQuickPick: () => new QuickPick((items) => world.pick(items)),
  showInputBox: async () => world.input(),
  async showOpenDialog({ defaultUri }: { readonly defaultUri?: Uri }) {
    world.offered = defaultUri;
    return world.chosen === undefined ? undefined : [Uri.parse(world.chosen)];
  },
  async showSaveDialog({ defaultUri }: { readonly defaultUri?: Uri }) {
    world.offered = defaultUri;
    return world.place;
  },
  async showTextDocument(document: { readonly uri: Uri }) {
    const open = world.visible.find((editor) => editor.document.uri.toString() === document.uri.toString());
    return open ?? world.open('', '', '', document.uri);
  },
  withProgress: async (
    options: { readonly title: string },
    work: (progress: unknown, token: World['withdrawal']) => Promise<unknown>,
  ) => {
    world.progress.push(options.title);
    const report = ({ message }: { readonly message: string }) => world.reported.push(message);
    return work({ report }, world.withdrawal);
  },
  registerTreeDataProvider: (_: string, provider: World['tree']) => {
    world.tree = provider;
    return nothing;
  },
  registerWebviewViewProvider: (_: string, provider: World['viewProvider']) => {
    world.viewProvider = provider;
    return nothing;
  },
  registerWebviewPanelSerializer: (_: string, serializer: World['serializer']) => {
    world.serializer = serializer;
    return nothing;
  },
  createWebviewPanel: (_type: string, title: string) => {
    const panel = new FakePanel(title);
    world.panels.push(panel);
    return panel;
  },
};

async function say(kind: string, message: string): Promise<string | undefined> {
  world.messages.push(`${kind}: ${message}`);
  return world.answer;
}

export const workspace = {
  get workspaceFolders() {
    return world.folders;
  },
  getWorkspaceFolder: (uri: Uri) =>
    world.folders.find((folder) => uri.toString().startsWith(`${folder.uri.toString()}/`)),
  get textDocuments() {
    return world.documents;
  },
  fs: {
    isWritableFileSystem: () => true,
    stat: async (uri: Uri) => {
      const text = world.files.get(uri.toString());
      if (text === undefined) throw new Error(`There is no file ${uri.toString()}.`);
      return { size: text.length };
    },
    writeFile: async (uri: Uri, bytes: Uint8Array) => {
      world.files.set(uri.toString(), new TextDecoder().decode(bytes));
    },
    copy: async (from: Uri, to: Uri) => {
      world.files.set(to.toString(), readFileSync(from.fsPath, 'utf8'));
    },
    readDirectory: async (uri: Uri) => readdirSync(uri.fsPath).map((name) => [name, 1]),
    readFile: async (uri: Uri) => {
      const text = world.files.get(uri.toString());
      return text === undefined ? readFileSync(uri.fsPath) : new TextEncoder().encode(text);
    },
  },
  asRelativePath: (uri: Uri) => uri.fsPath.replace('/workspace/', ''),
  findFiles: async (pattern: string) => {
    const endings = pattern.match(/[\w]+\.json|\.\w+/g) ?? [];
    return [...world.files.keys()].filter((uri) => endings.some((end) => uri.endsWith(end))).map(Uri.parse);
  },
  createFileSystemWatcher() {
    const watcher: FileWatcher = {
      created: new EventEmitter(),
      edited: new EventEmitter(),
      deleted: new EventEmitter(),
    };
    world.watchers.push(watcher);
    return {
      onDidCreate: watcher.created.event,
      onDidChange: watcher.edited.event,
      onDidDelete: watcher.deleted.event,
      dispose: () => world.watchers.splice(world.watchers.indexOf(watcher), 1),
    };
  },
  registerTextDocumentContentProvider: (scheme: string, provider: ContentProvider) => {
    world.contentProviders.set(scheme, provider);
    return nothing;
  },
  getConfiguration: (section?: string) => ({
    // Settings of VS Code itself have no value here.
    get: (name: string) => (section === undefined ? world.setting(name) : undefined),
    update: async (name: string, value: unknown) => world.configure(name, value),
  }),
  async openTextDocument(uri: Uri | { readonly language: string; readonly content: string }) {
    if (!('scheme' in uri)) return world.untitled(uri.language, uri.content);
    const known = world.documents.find((document) => document.uri.toString() === uri.toString());
    const provider = world.contentProviders.get(uri.scheme);
    if (!known && provider) {
      const text = await provider.provideTextDocumentContent(uri);
      return world.open(uri.path, text, 'plaintext', uri).document;
    }
    if (!known) throw new Error(`${uri.toString()} is not open in the fake.`);
    return known;
  },
  onDidChangeTextDocument: (listener: (event: unknown) => unknown) => world.changed.event(listener),
  onDidOpenTextDocument: (listener: (document: unknown) => unknown) => world.opened.event(listener),
  onDidSaveTextDocument: (listener: (document: unknown) => unknown) => world.saved.event(listener),
  onDidCloseTextDocument: (listener: (document: unknown) => unknown) => world.closed.event(listener),
  onDidRenameFiles: (listener: (event: unknown) => unknown) => world.renamed.event(listener),
  onDidChangeConfiguration: (
    listener: (event: { affectsConfiguration(section: string): boolean }) => unknown,
  ) => world.configured.event(listener),
};

export const commands = {
  registerCommand(id: string, handler: (...args: never[]) => unknown) {
    world.commands.set(id, handler);
    return new Disposable(() => world.commands.delete(id));
  },
  async executeCommand(id: string, ...args: unknown[]) {
    if (id === 'markdown.showPreviewToSide') world.previewed = args[0] as Uri;
    else if (id === 'setContext') world.context.set(args[0] as string, args[1]);
    else if (id === 'whence.explanation.focus') world.openView();
    else if (id.startsWith('workbench.action.') || id.startsWith('editor.action.')) return;
    else return world.run(id, ...args);
  },
};

export const languages = {
  registerHoverProvider: (selector: unknown, provider: World['hoverProvider']) => {
    if (Array.isArray(selector)) world.circuit.hover = provider;
    else world.hoverProvider = provider;
    return nothing;
  },
  registerCompletionItemProvider: (_: unknown, provider: World['circuit']['completion']) => {
    world.circuit.completion = provider;
    return nothing;
  },
  registerCodeLensProvider: (_: string, provider: World['lenses']) => {
    world.lenses = provider;
    return nothing;
  },
  getLanguages: async () => ['plaintext', 'python', 'typescript'],
  setTextDocumentLanguage: async (document: TextDocument, language: string) => {
    document.languageId = language;
    return document;
  },
  createDiagnosticCollection: () => ({
    set: (uri: Uri, faults: readonly Diagnostic[]) => void world.faults.set(uri.toString(), faults),
    delete: (uri: Uri) => void world.faults.delete(uri.toString()),
    dispose: () => world.faults.clear(),
  }),
  registerDocumentFormattingEditProvider: (_: unknown, provider: World['formatter']) => {
    world.formatter = provider;
    return nothing;
  },
  registerInlineCompletionItemProvider: (_: unknown, provider: World['completionProvider']) => {
    world.completionProvider = provider;
    return new Disposable(() => (world.completionProvider = null));
  },
};

export const tests = {
  createTestController() {
    const controller = new TestController();
    world.testing.push(controller);
    return controller;
  },
};

export const env = {
  remoteName: undefined,
  openExternal: async (uri: Uri) => {
    world.browsed = uri;
  },
  clipboard: {
    writeText: async (text: string) => {
      world.clipboard = text;
    },
  },
};
