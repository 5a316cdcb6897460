/** A tensor of a weight file, named and located but not read: the graphs point at it where it lies. */
export interface WeightTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** Absolute path of the file that holds it, with every link resolved. */
  readonly file: string;
  /** Position of its first byte in that file. */
  readonly offset: number;
  readonly bytes: number;
}

/** A model as it lies on disk: its configuration and the places of its weights. */
export interface Checkpoint {
  /** Absolute path of the folder or file it was opened from, as the user gave it. */
  readonly path: string;
  /** Absolute path of the folder that holds `config.json` and the tokenizer. */
  readonly folder: string;
  /** `config.json` as it stands, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** SHA-256 over the weight files and the configuration, as hex. Computed once, at the first call. */
  sha256(): Promise<string>;
}
