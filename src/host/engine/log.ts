/** Where the engine's words go: a `vscode.LogOutputChannel` is one. */
export interface EngineLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
