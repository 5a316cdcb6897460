import type { IndexInfo } from './types';

/** Whether the loaded model has an index, and how far one is that was begun and not finished. */
export interface IndexStatus {
  readonly index: IndexInfo | null;
  /** Null unless a job was paused, or killed, before its end. */
  readonly begun: { readonly corpus: string; readonly done: number; readonly texts: number } | null;
  /** Why an index that is there cannot be used, in a sentence. */
  readonly problem: string | null;
}
