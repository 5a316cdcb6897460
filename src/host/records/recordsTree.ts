// The tree of records: what was written or read in this workspace, newest first.

import * as vscode from 'vscode';
import { showCount } from '../../core/display';
import { escapeMarkdown } from '../../core/markdown';
import { recordTitle, type WhenceRecord } from '../../core/record';
import { steeredSentence } from '../../core/steeringWords';
import { setContext } from '../contributions';
import { Disposables } from '../disposables';
import { nameOf } from '../documents';
import type { RecordRef } from '../manifest';
import { views } from '../manifest';
import { truncationSentence } from '../sentences';
import type { Records } from './records';

export class RecordsTree implements vscode.TreeDataProvider<RecordRef> {
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;
  #shown = '';

  constructor(private readonly records: Records) {
    this.#disposables.add(records.onDidChange(() => this.#refresh()));
    this.#disposables.add(vscode.window.registerTreeDataProvider(views.records, this));
  }

  async getChildren(parent?: RecordRef): Promise<RecordRef[]> {
    if (parent) return [];
    await this.records.loaded;
    return this.records.all.map((record) => ({ record: record.id }));
  }

  getTreeItem(ref: RecordRef): vscode.TreeItem {
    const placed = this.records.get(ref.record);
    if (!placed) return new vscode.TreeItem('(deleted)');
    const { record, anchors } = placed;
    const stale = anchors.stale.filter((isStale, index) => isStale && index >= record.first).length;
    const item = new vscode.TreeItem(recordTitle(record));
    const file = nameOf(record.document);
    item.id = record.id;
    item.description = `${file}${stale > 0 ? ` · ${stale} stale` : ''}`;
    item.contextValue = 'record';
    item.iconPath = new vscode.ThemeIcon(record.kind === 'generated' ? 'edit' : 'list-selection');
    item.tooltip = new vscode.MarkdownString(tooltip(record, stale));
    item.command = { command: 'whence.revealRecord', title: 'Show', arguments: [ref] };
    const verb = record.kind === 'generated' ? 'Written' : 'Read';
    item.accessibilityInformation = {
      label: `${verb} in ${file}: ${recordTitle(record)}${stale > 0 ? `, ${showCount(stale, 'token')} stale` : ''}`,
    };
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Edits move tokens at every keystroke; the tree is drawn anew only if it would look different. */
  #refresh(): void {
    setContext('whence.hasRecords', this.records.all.length > 0);
    const shown = this.records.all
      .map((record) => `${record.id} ${record.document} ${this.records.get(record.id)!.anchors.stale.join()}`)
      .join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#changed.fire();
  }
}

function tooltip(record: WhenceRecord, stale: number): string {
  const count = record.tokens.length - record.first;
  const lines = [
    `${count} token${count === 1 ? '' : 's'} ${record.kind === 'generated' ? 'written' : 'read'} by **${escapeMarkdown(record.model.id)}**, ${escapeMarkdown(new Date(record.created).toLocaleString())}`,
    record.sampling && record.sampling.temperature > 0
      ? escapeMarkdown(`Temperature ${record.sampling.temperature}, seed ${record.sampling.seed}`)
      : null,
    record.steering ? escapeMarkdown(steeredSentence(record.steering)) : null,
    record.truncation && escapeMarkdown(truncationSentence(record.truncation)),
    stale > 0 ? `${stale} of them changed since and are not explained any more.` : null,
  ];
  return lines.filter((line) => line !== null).join('\n\n');
}
