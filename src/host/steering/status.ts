// The status item that is there as long as completions are steered: nobody should wonder why the model writes otherwise.

import * as vscode from 'vscode';
import { escapeMarkdown } from '../../core/markdown';
import { shareOfStream, showStrength } from '../../core/steeringWords';
import { commandLink } from '../contributions';
import { Disposables } from '../disposables';
import type { CompletionSteering } from './steering';

/** Characters of a name in the status bar. */
const longestName = 24;

export class SteeringStatus {
  readonly #disposables = new Disposables();
  readonly #item = this.#disposables.add(
    // Beside Whence's own item.
    vscode.window.createStatusBarItem('whence.steered', vscode.StatusBarAlignment.Right, 89),
  );

  constructor(private readonly steering: CompletionSteering) {
    this.#item.name = 'Whence: Steering';
    this.#item.command = 'whence.steer';
    this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
    this.#disposables.add(steering.onDidChange(() => this.#show()));
    this.#show();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #show(): void {
    const { current } = this.steering;
    if (!current) {
      this.#item.hide();
      return;
    }
    const { vector, strength } = current;
    const { name, layer, model } = vector;
    const shown = name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
    this.#item.text = `$(compass) Steered: ${shown} ${showStrength(strength)}`;
    this.#item.accessibilityInformation = {
      label: `Whence: completions are steered with ${name}, ${showStrength(strength)}`,
      role: 'button',
    };
    const words = `Completions are steered: “${name}” is added ${showStrength(strength)} after layer ${layer} of ${model.id}, ${shareOfStream(vector, strength)} there. Explanations speak of the model without it.`;
    const links = `[Stop](${commandLink('whence.stopSteering')}) · [Change](${commandLink('whence.steer')})`;
    const tooltip = new vscode.MarkdownString(`${escapeMarkdown(words)}\n\n${links}`);
    tooltip.isTrusted = { enabledCommands: ['whence.stopSteering', 'whence.steer'] };
    this.#item.tooltip = tooltip;
    this.#item.show();
  }
}
