// The Test Explorer, as far as Whence speaks to it: what was found, and what became of every item in the last run.

import type { Location, MarkdownString, Range, Uri } from './types';

export class TestMessage {
  expectedOutput?: string;
  actualOutput?: string;
  location?: Location;
  contextValue?: string;

  constructor(readonly message: string | MarkdownString) {}

  static diff(message: string, expected: string, actual: string): TestMessage {
    const made = new TestMessage(message);
    made.expectedOutput = expected;
    made.actualOutput = actual;
    return made;
  }
}

class Items {
  #items = new Map<string, TestItem>();

  constructor(private readonly parent?: TestItem) {}

  get(id: string): TestItem | undefined {
    return this.#items.get(id);
  }

  add(item: TestItem): void {
    item.parent = this.parent;
    this.#items.set(item.id, item);
  }

  delete(id: string): void {
    this.#items.delete(id);
  }

  replace(items: readonly TestItem[]): void {
    this.#items = new Map();
    for (const item of items) this.add(item);
  }

  [Symbol.iterator](): IterableIterator<[string, TestItem]> {
    return this.#items.entries();
  }
}

export class TestItem {
  readonly children = new Items(this);
  parent: TestItem | undefined;
  canResolveChildren = false;
  error: string | undefined;
  description: string | undefined;
  sortText: string | undefined;
  range: Range | undefined;

  constructor(
    readonly id: string,
    public label: string,
    readonly uri?: Uri,
  ) {}

  /** The labels from the file down. */
  get path(): string {
    return this.parent ? `${this.parent.path} > ${this.label}` : this.label;
  }
}

export class TestRunRequest {
  constructor(
    readonly include?: readonly TestItem[],
    readonly exclude?: readonly TestItem[],
    readonly profile?: unknown,
    readonly continuous = false,
  ) {}
}

export class TestRun {
  /** By the path of an item, what became of it last. */
  readonly states = new Map<string, string>();
  readonly messages = new Map<string, TestMessage>();
  output = '';
  ended = false;

  enqueued = (item: TestItem) => this.#set(item, 'enqueued');
  started = (item: TestItem) => this.#set(item, 'started');
  passed = (item: TestItem) => this.#set(item, 'passed');
  skipped = (item: TestItem) => this.#set(item, 'skipped');
  failed = (item: TestItem, message: TestMessage) => this.#set(item, 'failed', message);
  errored = (item: TestItem, message: TestMessage) => this.#set(item, 'errored', message);

  appendOutput(text: string): void {
    this.output += text;
  }

  end(): void {
    this.ended = true;
  }

  #set(item: TestItem, state: string, message?: TestMessage): void {
    this.states.set(item.path, state);
    if (message) this.messages.set(item.path, message);
  }
}

type Handler = (request: TestRunRequest, token: unknown) => unknown;

export class TestController {
  readonly items = new Items();
  resolveHandler?: (item: TestItem | undefined) => unknown;
  refreshHandler?: () => unknown;
  run: Handler = () => undefined;
  readonly runs: TestRun[] = [];

  createTestItem(id: string, label: string, uri?: Uri): TestItem {
    return new TestItem(id, label, uri);
  }

  createRunProfile(_label: string, _kind: unknown, run: Handler) {
    this.run = run;
    return { dispose() {} };
  }

  createTestRun(): TestRun {
    const run = new TestRun();
    this.runs.push(run);
    return run;
  }

  dispose(): void {
    this.items.replace([]);
  }
}
