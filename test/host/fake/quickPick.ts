// A list of choices that is answered as soon as it is shown: with one of its items, or by typing.

import { EventEmitter } from './types';
import type { QuickPickItem } from './world';

export class QuickPick {
  title = '';
  placeholder = '';
  items: readonly QuickPickItem[] = [];
  selectedItems: readonly QuickPickItem[] = [];
  readonly #value = new EventEmitter<string>();
  readonly #accept = new EventEmitter<void>();
  readonly #hide = new EventEmitter<void>();
  readonly onDidChangeValue = this.#value.event;
  readonly onDidAccept = this.#accept.event;
  readonly onDidHide = this.#hide.event;

  constructor(
    private readonly answer: (items: readonly QuickPickItem[]) => QuickPickItem | string | undefined,
  ) {}

  show(): void {
    const choice = this.answer(this.items);
    if (choice === undefined) {
      this.hide();
      return;
    }
    if (typeof choice === 'string') this.#value.fire(choice);
    this.selectedItems = typeof choice === 'string' ? this.items.slice(-1) : [choice];
    this.#accept.fire();
  }

  hide(): void {
    this.#hide.fire();
  }

  dispose(): void {}
}
