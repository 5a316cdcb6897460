interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What every message has. */
interface Typed {
  readonly type: string;
}

/** A panel's side of the conversation with the host: In comes, Out goes, Kept is remembered. */
export interface Bridge<In, Out, Kept> {
  post(message: Out): void;
  /** What was kept, or the given beginning. */
  readonly recalled: Kept;
  keep(kept: Kept): void;
  /** Calls back at every message of the host and tells it that the panel listens. */
  listen(show: (message: In) => void): void;
}

/**
 * Connects to the host; a page may do this once. `types` are those of all messages that may come, `recall` reads what was
 * kept while the panel was hidden or the window reloaded, perhaps by another version of the panel.
 */
export function connect<In extends Typed, Out extends Typed, Kept>(
  types: Readonly<Record<In['type'], true>>,
  recall: (kept: unknown) => Kept,
): Bridge<In, Out | { readonly type: 'ready' }, Kept> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    recalled: recall(api.getState()),
    keep: (kept) => api.setState(kept),
    listen(show) {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (isMessage<In>(event.data, types)) show(event.data);
      });
      api.postMessage({ type: 'ready' });
    },
  };
}

/** Whether something is a message of one of the types. */
export function isMessage<In extends Typed>(
  data: unknown,
  types: Readonly<Record<In['type'], true>>,
): data is In {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  return typeof data.type === 'string' && Object.hasOwn(types, data.type);
}
