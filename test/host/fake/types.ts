// The plain classes of the `vscode` API, as far as Whence uses them.

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}

  isBefore(other: Position): boolean {
    return this.line < other.line || (this.line === other.line && this.character < other.character);
  }

  isEqual(other: Position): boolean {
    return this.line === other.line && this.character === other.character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(start: Position, end: Position);
  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number);
  constructor(a: Position | number, b: Position | number, c?: number, d?: number) {
    const first = typeof a === 'number' ? new Position(a, b as number) : a;
    const second = typeof a === 'number' ? new Position(c!, d!) : (b as Position);
    [this.start, this.end] = second.isBefore(first) ? [second, first] : [first, second];
  }

  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
}

export class Selection extends Range {
  constructor(
    readonly anchor: Position,
    readonly active: Position,
  ) {
    super(anchor, active);
  }
}

export class Uri {
  private constructor(
    readonly scheme: string,
    private readonly text: string,
  ) {}

  static file(path: string): Uri {
    return Uri.parse(pathToFileURL(path).toString());
  }

  static from({ scheme, path, query }: { scheme: string; path: string; query: string }): Uri {
    return new Uri(scheme, `${scheme}:${encodeURI(path)}?${encodeURIComponent(query)}`);
  }

  static parse(text: string): Uri {
    return new Uri(text.slice(0, text.indexOf(':')), text);
  }

  static joinPath(base: Uri, ...parts: string[]): Uri {
    return Uri.file(join(base.fsPath, ...parts));
  }

  get path(): string {
    return decodeURIComponent(
      this.text
        .slice(this.scheme.length + 1)
        .replace(/^\/\//, '')
        .split('?')[0]!,
    );
  }

  get query(): string {
    return decodeURIComponent(this.text.split('?')[1] ?? '');
  }

  get fsPath(): string {
    return fileURLToPath(this.text);
  }

  toString(): string {
    return this.text;
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => unknown>();

  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class Disposable {
  constructor(private readonly end: () => unknown) {}

  dispose(): void {
    this.end();
  }
}

export class CancellationTokenSource {
  readonly #emitter = new EventEmitter<void>();
  #cancelled = false;
  readonly token: {
    readonly isCancellationRequested: boolean;
    onCancellationRequested: EventEmitter<void>['event'];
  };

  constructor() {
    const cancelled = () => this.#cancelled;
    const { event } = this.#emitter;
    this.token = {
      get isCancellationRequested() {
        return cancelled();
      },
      onCancellationRequested: event,
    };
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#emitter.fire();
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}

export class MarkdownString {
  isTrusted: boolean | { readonly enabledCommands: readonly string[] } | undefined;
  supportHtml = false;
  supportThemeIcons = false;

  constructor(readonly value: string) {}
}

export class Hover {
  readonly contents: readonly MarkdownString[];

  constructor(
    contents: MarkdownString,
    readonly range: Range,
  ) {
    this.contents = [contents];
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  constructor(readonly id: string) {}
}

export class Diagnostic {
  constructor(
    readonly range: Range,
    readonly message: string,
  ) {}
}

export class TextEdit {
  private constructor(
    readonly range: Range,
    readonly text: string,
  ) {}

  static replace(range: Range, text: string): TextEdit {
    return new TextEdit(range, text);
  }
}

export class Location {
  constructor(
    readonly uri: Uri,
    readonly at: Position,
  ) {}
}

export class CompletionItem {
  detail?: string;
  documentation?: string;
  insertText?: string;
  filterText?: string;
  sortText?: string;
  range?: Range;

  constructor(readonly label: string | { readonly label: string; readonly description?: string }) {}
}

export class CompletionList {
  constructor(
    readonly items: readonly CompletionItem[],
    readonly isIncomplete = false,
  ) {}
}

export class TabInputText {
  constructor(readonly uri: Uri) {}
}

export class TreeItem {
  id?: string;
  description?: string;
  tooltip?: MarkdownString;
  contextValue?: string;

  constructor(readonly label: string) {}
}

export class InlineCompletionItem {
  command?: { readonly command: string; readonly arguments?: readonly unknown[] };

  constructor(
    readonly insertText: string,
    readonly range: Range,
  ) {}
}

export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command: unknown,
  ) {}
}

export const CompletionItemKind = { Field: 4, Variable: 5, Module: 8, Value: 11, Keyword: 13, Reference: 17 };
export const TestRunProfileKind = { Run: 1, Debug: 2, Coverage: 3 };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const DecorationRangeBehavior = { OpenOpen: 0, ClosedClosed: 1, OpenClosed: 2, ClosedOpen: 3 };
export const OverviewRulerLane = { Left: 1, Center: 2, Right: 4, Full: 7 };
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 };
export const ViewColumn = { Active: -1, Beside: -2, One: 1, Two: 2 };
export const TextEditorRevealType = { Default: 0, InCenter: 1, InCenterIfOutsideViewport: 2, AtTop: 3 };
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 };
export const InlineCompletionTriggerKind = { Invoke: 0, Automatic: 1 };
export const ExtensionKind = { UI: 1, Workspace: 2 };

/** As in VS Code. */
export const TextEditorSelectionChangeKind = { Keyboard: 1, Mouse: 2, Command: 3 } as const;
