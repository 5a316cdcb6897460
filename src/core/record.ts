import type { Sampling, Truncation } from './generation';
import type { ModelIdentity } from './model';
import type { TokenStatistics } from './statistics';
import type { Token } from './text';

/** A token of a record: its range is in the document, kept through edits. */
export interface RecordToken extends Token {
  /** True when its text in the document is no longer what the model saw; it is then shown as stale, never explained anew. */
  readonly stale: boolean;
}

/**
 * What is kept of one run of the model: enough to explain any of its tokens later, exactly as they were computed.
 * Survives edits, reloads of the window and the engine's end.
 */
export interface WhenceRecord {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly kind: 'generated' | 'selection';
  /** ISO 8601. */
  readonly created: string;
  /** The document's URI. */
  readonly document: string;
  readonly language: string;
  readonly model: ModelIdentity;
  /** Null for code that was read, not written. */
  readonly sampling: Sampling | null;
  /** Context first, then the tokens that can be explained. */
  readonly tokens: readonly RecordToken[];
  /** Index of the first token that can be explained. */
  readonly first: number;
  /** Of token `first + i`. */
  readonly statistics: readonly TokenStatistics[];
  readonly truncation: Truncation | null;
}
