import type { FromPanel, ToPanel } from '../core/panel';
import { type Bridge, connect, isMessage } from './bridge';

/** What a panel keeps while it is hidden and over a reload of the window: what it showed, and how the user had set it. */
export interface Memory<Ui> {
  readonly message: ToPanel | null;
  readonly ui: Ui;
}

const types = { show: true, empty: true } as const;

/** Connects a panel that shows the current token. What was kept by another version of it is dropped. */
export function connectToToken<Ui extends object>(beginning: Ui): Bridge<ToPanel, FromPanel, Memory<Ui>> {
  return connect<ToPanel, FromPanel, Memory<Ui>>(types, (kept) => {
    if (typeof kept !== 'object' || kept === null || !('ui' in kept) || !('message' in kept)) {
      return { message: null, ui: beginning };
    }
    const ui = typeof kept.ui === 'object' ? { ...beginning, ...kept.ui } : beginning;
    return { message: isMessage<ToPanel>(kept.message, types) ? kept.message : null, ui };
  });
}
