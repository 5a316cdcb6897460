import type { IndexInfo } from './types';

/** What an index is measured on. */
export interface CorpusRequest {
  /** What it is called in the index. */
  readonly name: string;
  /** Absolute paths. */
  readonly folders: readonly string[];
  /** Texts that are read at most. */
  readonly texts: number;
}

/** Texts of an index unless somebody wants another number. */
export const defaultTexts = 2000;

/** Whether the loaded model has an index, and how far one is that was begun and not finished. */
export interface IndexStatus {
  readonly index: IndexInfo | null;
  /** Null unless a job was paused, or killed, before its end: asked for the same corpus it goes on there. */
  readonly begun: { readonly corpus: CorpusRequest; readonly done: number; readonly texts: number } | null;
  /** Why an index that is there cannot be used, in a sentence. */
  readonly problem: string | null;
}
