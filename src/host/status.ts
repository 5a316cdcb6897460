// The one status item: what the engine is doing, and in its tooltip which model runs where.

import * as vscode from 'vscode';
import { escapeMarkdown } from '../core/markdown';
import type { ModelInfo } from '../core/model';
import { commandLink } from './contributions';
import { Delay, Disposables } from './disposables';
import type { EngineProcess } from './engine/process';
import type { EngineState } from './engine/state';
import type { IndexJob } from './indexJob';
import type { CommandId } from './manifest';
import { memoryOf } from './memory';
import type { Work } from './work';

const linkedCommands: readonly CommandId[] = [
  'whence.selectModel',
  'whence.restartEngine',
  'whence.showLog',
  'whence.cancel',
  'whence.pauseIndexing',
  'whence.cancelIndexing',
];

/** Questions follow each other; so many milliseconds after the last one, memory is looked up. */
const measureDelay = 1000;

export class Status {
  readonly #disposables = new Disposables();
  readonly #item = this.#disposables.add(
    vscode.window.createStatusBarItem('whence.status', vscode.StatusBarAlignment.Right, 90),
  );
  /** Memory is looked up when there is a reason to think that it changed, which costs a process each time. */
  readonly #measureSoon = this.#disposables.add(new Delay(measureDelay, () => void this.#measure()));
  #memory: number | null = null;

  constructor(
    private readonly engine: EngineProcess,
    private readonly work: Work,
    private readonly index: IndexJob,
    /** Where the engine runs, seen from the window: `on this computer`. */
    private readonly place: string,
  ) {
    this.#item.name = 'Whence';
    this.#disposables.add(engine.onDidChangeState(() => this.#show()));
    this.#disposables.add(work.onDidChange(() => this.#show()));
    this.#disposables.add(index.onDidChange(() => this.#show()));
    this.#show();
    this.#item.show();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #show(): void {
    const { state } = this.engine;
    const { text, spoken } = labelOf(state, this.work.title ?? this.index.title);
    this.#item.text = text;
    this.#item.accessibilityInformation = { label: spoken, role: 'button' };
    this.#item.command = state.phase === 'failed' ? 'whence.showLog' : 'whence.selectModel';
    this.#item.backgroundColor =
      state.phase === 'failed' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.tooltip = this.#tooltip(state);
    if (state.phase === 'ready') this.#measureSoon.start();
  }

  async #measure(): Promise<void> {
    const { state } = this.engine;
    if (state.phase !== 'ready') return;
    this.#memory = await memoryOf(state.pid);
    if (this.engine.state.phase === 'ready') this.#item.tooltip = this.#tooltip(this.engine.state);
  }

  #tooltip(state: EngineState): vscode.MarkdownString {
    const lines = [sentenceOf(state)];
    if (this.index.title) lines.push(`The index of the model’s parts is being made: ${this.index.title}.`);
    if ((state.phase === 'ready' || state.phase === 'busy') && state.model)
      lines.push(...this.#details(state.model));
    const links = [
      ...(this.work.title ? [link('Cancel', 'whence.cancel')] : []),
      ...(this.index.title
        ? [link('Pause indexing', 'whence.pauseIndexing'), link('Cancel indexing', 'whence.cancelIndexing')]
        : []),
      link('Select model', 'whence.selectModel'),
      ...(state.phase === 'stopped' ? [] : [link('Restart', 'whence.restartEngine')]),
      link('Show log', 'whence.showLog'),
    ];
    const markdown = new vscode.MarkdownString([...lines, links.join(' · ')].join('\n\n'));
    markdown.isTrusted = { enabledCommands: linkedCommands };
    return markdown;
  }

  #details(model: ModelInfo): readonly string[] {
    const size = `${(model.parameters / 1e6).toFixed(1)} million parameters in ${model.layers} layers, ${model.contextLength.toLocaleString('en')} tokens of context`;
    const memory = this.#memory === null ? '' : `, ${Math.round(this.#memory / 2 ** 20)} MB of memory`;
    return [
      `**${escapeMarkdown(model.id)}** — ${escapeMarkdown(size)}`,
      escapeMarkdown(`Runs ${this.place}, on the processor, with ${model.precision} precision${memory}.`),
      ...(model.warning === null ? [] : [`**Slow here:** ${escapeMarkdown(model.warning)}`]),
    ];
  }
}

function labelOf(
  state: EngineState,
  work: string | null,
): { readonly text: string; readonly spoken: string } {
  switch (state.phase) {
    case 'stopped':
      return { text: '◎ Whence', spoken: 'Whence: off, nothing is loaded' };
    case 'starting':
      return { text: '$(loading~spin) Whence: starting', spoken: 'Whence: starting' };
    case 'loading':
      return {
        text: `$(loading~spin) Whence: loading ${lastOf(state.path)}`,
        spoken: 'Whence: loading the model',
      };
    case 'busy': {
      const doing = work ?? 'explaining';
      return { text: `$(loading~spin) Whence: ${doing}`, spoken: `Whence: ${doing}` };
    }
    case 'ready':
      return { text: '◉ Whence', spoken: `Whence: ready${state.model ? `, ${state.model.id}` : ''}` };
    case 'failed':
      return { text: '$(warning) Whence', spoken: `Whence failed: ${state.error.message}` };
  }
}

function sentenceOf(state: EngineState): string {
  switch (state.phase) {
    case 'stopped':
      return 'Whence is off: nothing is loaded until you ask something.';
    case 'starting':
      return 'The engine is starting.';
    case 'loading':
      return escapeMarkdown(state.message ?? 'The model is being loaded.');
    case 'busy':
      return 'The engine is at work.';
    case 'ready':
      return 'Ready.';
    case 'failed':
      return escapeMarkdown(state.error.message);
  }
}

function link(text: string, command: CommandId): string {
  return `[${text}](${commandLink(command)})`;
}

function lastOf(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  );
}
