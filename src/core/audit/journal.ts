import type { PromptText } from '../circuitFile/cases';
import type { ModelIdentity } from '../model';

/** An audit file with the texts that it names: all that there is to run. */
export interface AuditSource {
  /** The file's name without its folder. */
  readonly name: string;
  readonly text: string;
  /** One for each of the file's prompts, in their order. */
  readonly prompts: readonly PromptText[];
  readonly controls: readonly PromptText[];
}

/** What decides the numbers of an audit, beside the files and the model. */
export interface AuditSettings {
  /** Pairs of each file at most, drawn by the seed of all of them; null for all. */
  readonly cases: number | null;
  /** Pairs of each finding whose mechanism is looked for, and as many others in which what was found is ablated. */
  readonly explained: number;
  /** For every random choice. */
  readonly seed: number;
}

export const usualSettings: AuditSettings = { cases: null, explained: 12, seed: 0 };

/** Parts that are ablated together. */
export const ablatedParts = 3;
/** Random groups of as many parts at most, beside which the ablation is read. */
export const randomGroups = 4;
/** Replicates of a bootstrap. */
export const replicates = 1000;

/** The code on which ordinary quality is measured. */
export interface OrdinarySample {
  readonly name: string;
  /** Over the names and texts of the files that were read. */
  readonly sha256: string;
  readonly texts: number;
  readonly tokens: number;
}

export interface AuditSoftware {
  readonly whence: string;
  readonly onnxruntime: string;
  /** Operating system and processor, as `linux-x64`: arithmetic differs between processors in the last digits. */
  readonly platform: string;
}

/** One machine's part of an audit: number `part` of `of`, from 1. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** The first line of a journal: all that is needed to go on, and to repeat it. */
export interface AuditHeader {
  readonly kind: 'audit';
  readonly version: 1;
  readonly software: AuditSoftware;
  readonly model: ModelIdentity;
  readonly settings: AuditSettings;
  readonly sample: OrdinarySample;
  /** Null for a whole audit. */
  readonly shard: Shard | null;
  /** Heads and MLPs, in the order in which lines speak of them. */
  readonly parts: readonly string[];
  readonly files: readonly AuditSource[];
}

/** What the model did after one prompt. */
export interface Side {
  /** What it went on with; empty where no finding reads it. */
  readonly text: string;
  readonly ids: readonly number[];
  /** By finding: whether its pattern matches, or the value of its measure. */
  readonly values: readonly (boolean | number)[];
}

/** A prompt and its control, measured. */
export interface PairEntry {
  readonly kind: 'pair';
  /** Indices of the file and of the pair in it. */
  readonly file: number;
  readonly pair: number;
  readonly probe: Side;
  readonly control: Side;
}

/** What carries a finding's metric after one prompt, in logits. */
export interface Carried {
  readonly total: number;
  /** Through all paths, in the order of the header's parts. */
  readonly parts: readonly number[];
  /** By piece of the prompt. */
  readonly pieces: readonly (readonly [string, number])[];
}

export interface ExplainedEntry {
  readonly kind: 'explained';
  readonly file: number;
  readonly finding: number;
  readonly pair: number;
  readonly probe: Carried;
  readonly control: Carried;
}

/** One pair again without the parts that carry the finding, and without a random group of as many. */
export interface AblatedEntry {
  readonly kind: 'ablated';
  readonly file: number;
  readonly finding: number;
  readonly pair: number;
  /** Whether it is found still; of a finding that compares, the difference to the control. */
  readonly top: boolean | number;
  readonly random: boolean | number;
}

/** Mean loss on ordinary code without some parts, in nats a token. */
export interface OrdinaryEntry {
  readonly kind: 'ordinary';
  readonly parts: readonly string[];
  readonly loss: number;
}

export type AuditEntry = PairEntry | ExplainedEntry | AblatedEntry | OrdinaryEntry;
