import type { FromPanel, ToPanel } from '../core/panel';

interface VsCodeApi {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What a panel keeps while it is hidden and over a reload of the window: what it showed, and how the user had set it. */
export interface Memory<Ui> {
  readonly message: ToPanel | null;
  readonly ui: Ui;
}

/** The panel's side of the conversation with the host. */
export interface Bridge<Ui> {
  post(message: FromPanel): void;
  /** What was kept, or the given beginning. */
  readonly recalled: Memory<Ui>;
  keep(memory: Memory<Ui>): void;
  /** Calls back at every message of the host and tells it that the panel listens. */
  listen(show: (message: ToPanel) => void): void;
}

/** Connects to the host; a page may do this once. What was kept by another version of the panel is dropped. */
export function connect<Ui extends object>(beginning: Ui): Bridge<Ui> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    recalled: recall(api.getState(), beginning),
    keep: (memory) => api.setState(memory),
    listen(show) {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (isMessage(event.data)) show(event.data);
      });
      api.postMessage({ type: 'ready' });
    },
  };
}

function recall<Ui extends object>(state: unknown, beginning: Ui): Memory<Ui> {
  if (typeof state !== 'object' || state === null || !('ui' in state) || !('message' in state)) {
    return { message: null, ui: beginning };
  }
  const ui = typeof state.ui === 'object' ? { ...beginning, ...state.ui } : beginning;
  return { message: isMessage(state.message) ? state.message : null, ui };
}

function isMessage(data: unknown): data is ToPanel {
  return (
    typeof data === 'object' &&
    data !== null &&
    'type' in data &&
    (data.type === 'show' || data.type === 'empty')
  );
}
