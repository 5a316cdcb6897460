// All records of this workspace, and where their tokens stand in the documents now.

import * as vscode from 'vscode';
import {
  type Anchors,
  anchorsAt,
  expectedAnchors,
  movedAnchors,
  revalidatedAnchors,
  suggestedAnchors,
  type TextChange,
} from '../../core/anchors';
import { asWhenceError } from '../../core/errors';
import { type Lines, withPlainLineEnds } from '../../core/places';
import { isExplainable, type WhenceRecord } from '../../core/record';
import { Delay, Disposables } from '../disposables';
import { linesOf, offsetAt } from '../documents';
import type { TokenRef } from '../manifest';
import type { RecordStore } from './recordStore';

/** A record with the places of its tokens, in offsets as documents.ts counts them. */
export interface PlacedRecord {
  readonly record: WhenceRecord;
  readonly anchors: Anchors;
}

/** True when text that the model saw before a token is no longer what it was. */
export function hasChangedContext({ stale }: Anchors, index: number): boolean {
  return stale.slice(0, index).includes(true);
}

/** Anchors are stored when the document was left alone for so long. */
const saveDelay = 500;

export class Records {
  /** Oldest first. */
  readonly #placed = new Map<string, PlacedRecord>();
  /** Text of the open documents that have records, before the next edit. */
  readonly #texts = new Map<string, Lines>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables = new Disposables();
  readonly #moved = new Set<string>();
  readonly #saveSoon = new Delay(saveDelay, () => void this.flush());
  #unstored = false;
  #preview: PlacedRecord | null = null;

  /** Fires when records came or went and when their tokens moved. */
  readonly onDidChange = this.#changed.event;
  /** When the stored records are there. */
  readonly loaded: Promise<void>;

  constructor(
    private readonly store: RecordStore,
    private readonly log: vscode.LogOutputChannel,
  ) {
    for (const disposable of [
      this.#changed,
      this.#saveSoon,
      vscode.workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.#saved(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#texts.delete(document.uri.toString())),
      vscode.workspace.onDidRenameFiles((event) => this.#renamed(event)),
    ])
      this.#disposables.add(disposable);
    this.loaded = this.#load();
  }

  /** Newest first. */
  get all(): readonly WhenceRecord[] {
    return [...this.#placed.values()].map(({ record }) => record).reverse();
  }

  get(id: string): PlacedRecord | null {
    return this.#placed.get(id) ?? (this.#preview?.record.id === id ? this.#preview : null);
  }

  /** Lets a suggestion be asked about that stands in no document yet; it is kept nowhere, and gone with the next edit. */
  preview(record: WhenceRecord): void {
    this.#preview = { record, anchors: suggestedAnchors(record) };
    this.#changed.fire();
  }

  /** Newest first. */
  of(document: vscode.TextDocument): readonly PlacedRecord[] {
    const uri = document.uri.toString();
    return [...this.#placed.values()].filter(({ record }) => record.document === uri).reverse();
  }

  /**
   * The token at a place that can be explained: of the newest record whose context still stands, else of the newest that
   * has it as it was, else a stale one.
   */
  at(document: vscode.TextDocument, position: vscode.Position): TokenRef | null {
    const placed = this.of(document);
    if (placed.length === 0) return null;
    const offset = offsetAt(document, position);
    let changedOne: TokenRef | null = null;
    let staleOne: TokenRef | null = null;
    for (const { record, anchors } of placed) {
      for (let index = record.first; index < record.tokens.length; index++) {
        const range = anchors.ranges[index]!;
        if (offset < range.start || offset >= range.end || !isExplainable(record, index)) continue;
        const ref = { record: record.id, index };
        if (anchors.stale[index]) staleOne ??= ref;
        else if (hasChangedContext(anchors, index)) changedOne ??= ref;
        else return ref;
      }
    }
    return changedOne ?? staleOne;
  }

  /** Keeps a record of what stands in the document now. */
  async add(record: WhenceRecord, document: vscode.TextDocument): Promise<void> {
    const lines = linesOf(document);
    this.#texts.set(record.document, lines);
    const anchors = anchorsAt(record, record.offset, lines.text);
    this.#placed.set(record.id, { record, anchors });
    this.#changed.fire();
    await this.#save(record, anchors);
  }

  async delete(id: string): Promise<void> {
    if (!this.#placed.delete(id)) return;
    this.#changed.fire();
    await this.#store(() => this.store.remove(id));
  }

  /** Stores what moved since it was stored last. */
  async flush(): Promise<void> {
    const ids = [...this.#moved];
    this.#moved.clear();
    for (const id of ids) {
      const placed = this.#placed.get(id);
      if (placed) await this.#store(() => this.store.saveAnchors(id, placed.anchors));
    }
    await this.store.settled();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #load(): Promise<void> {
    const stored = await this.store.load();
    // Records that were made while the older ones were being read stay the newest.
    const made = [...this.#placed];
    this.#placed.clear();
    for (const { record, anchors } of stored)
      this.#placed.set(record.id, { record, anchors: anchors ?? expectedAnchors(record, record.offset) });
    for (const [id, placed] of made) this.#placed.set(id, placed);
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
    this.#changed.fire();
  }

  #opened(document: vscode.TextDocument): void {
    const placed = this.of(document);
    if (placed.length === 0) return;
    const lines = linesOf(document);
    this.#texts.set(document.uri.toString(), lines);
    for (const { record, anchors } of placed)
      this.#place(record, anchors, revalidatedAnchors(record, anchors, lines.text));
    this.#changed.fire();
  }

  #edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    this.#endPreview(document);
    const placed = this.of(document);
    if (placed.length === 0) return;
    const uri = document.uri.toString();
    const before = this.#texts.get(uri);
    const after = linesOf(document);
    this.#texts.set(uri, after);
    const changes = before && contentChanges.map((change) => changeOf(before, change));
    for (const { record, anchors } of placed) {
      const now = changes
        ? movedAnchors(record, anchors, changes, before.text, after.text)
        : revalidatedAnchors(record, anchors, after.text);
      this.#place(record, anchors, now);
    }
    this.#changed.fire();
  }

  /** A suggestion that was accepted is added in a moment, and was asked about under the same name. */
  #endPreview(document: vscode.TextDocument): void {
    const record = this.#preview?.record;
    if (record?.document !== document.uri.toString()) return;
    if (linesOf(document).text.startsWith(record.text, record.offset)) return;
    this.#preview = null;
    this.#changed.fire();
  }

  #place(record: WhenceRecord, before: Anchors, now: Anchors): void {
    if (now === before) return;
    this.#placed.set(record.id, { record, anchors: now });
    this.#moved.add(record.id);
    this.#saveSoon.start();
  }

  /**
   * A document without a name that gets one is emptied and closed, after its text was saved in a file; formatting may have
   * changed the space in it.
   */
  #saved(document: vscode.TextDocument): void {
    const ink = (of: vscode.TextDocument) => of.getText().replaceAll(/\s/g, '');
    for (const unnamed of vscode.workspace.textDocuments) {
      if (unnamed.uri.scheme !== 'untitled' || this.of(unnamed).length === 0) continue;
      if (ink(unnamed) === ink(document)) this.#move(unnamed.uri.toString(), document.uri.toString());
    }
  }

  #renamed({ files }: vscode.FileRenameEvent): void {
    for (const { oldUri, newUri } of files) this.#move(oldUri.toString(), newUri.toString());
  }

  /** The records of a document, or of all in a folder, belong to another from now on. */
  #move(from: string, to: string): void {
    for (const { record, anchors } of [...this.#placed.values()]) {
      if (record.document !== from && !record.document.startsWith(`${from}/`)) continue;
      const moved = { ...record, document: to + record.document.slice(from.length) };
      this.#placed.set(record.id, { record: moved, anchors });
      void this.#save(moved, anchors);
    }
    for (const document of vscode.workspace.textDocuments) {
      if (document.uri.toString().startsWith(to)) this.#opened(document);
    }
    this.#changed.fire();
  }

  async #save(record: WhenceRecord, anchors: Anchors): Promise<void> {
    await this.#store(async () => {
      const gone = await this.store.save(record, anchors);
      for (const id of gone) this.#placed.delete(id);
      if (gone.length > 0) this.#changed.fire();
    });
  }

  /** Storage that fails is said once, and the records stay in memory. */
  async #store(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#unstored = false;
    } catch (thrown) {
      const { message } = asWhenceError(thrown);
      this.log.warn(message);
      if (!this.#unstored) void vscode.window.showWarningMessage(message);
      this.#unstored = true;
    }
  }
}

/** A change as VS Code tells it, in our offsets of the text before it. */
function changeOf(before: Lines, change: vscode.TextDocumentContentChangeEvent): TextChange {
  return {
    start: before.offsetAt(change.range.start),
    end: before.offsetAt(change.range.end),
    text: withPlainLineEnds(change.text),
  };
}
