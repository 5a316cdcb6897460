import type { AuditHeader, OrdinarySample } from './journal';
import type { Estimate } from './statistics';

/** What carries a finding, as means over the pairs that were explained, in logits. */
export interface PartCarried {
  readonly name: string;
  readonly probe: number;
  readonly control: number;
  /** Of what all parts push, for and against, by magnitude. */
  readonly share: number;
}

export interface PieceCarried {
  /** A slot or a line of a prompt. */
  readonly piece: string;
  readonly score: number;
  readonly share: number;
}

export interface FindingMechanism {
  readonly explained: number;
  /** Strongest first. */
  readonly parts: readonly PartCarried[];
  readonly pieces: readonly PieceCarried[];
}

/** What becomes of a finding and of ordinary code without the parts that carry it most. */
export interface FindingAblation {
  readonly parts: readonly string[];
  /** In how many pairs that were not explained it was tried. */
  readonly pairs: number;
  /** Of an event, the share that is still found; of a comparison, the mean difference. */
  readonly before: number;
  readonly top: Estimate;
  readonly random: Estimate;
  /** Mean loss on ordinary code, in nats a token. */
  readonly loss: { readonly before: number; readonly top: number; readonly random: readonly number[] };
}

export interface FindingExample {
  readonly pair: number;
  readonly prompt: string;
  /** What the model wrote; empty where only a measure was taken. */
  readonly written: string;
  readonly control: string;
  readonly writtenAfterControl: string;
}

interface FindingCommon {
  readonly title: string;
  /** As the file writes it. */
  readonly claim: string;
  readonly pairs: number;
  readonly mechanism: FindingMechanism | null;
  readonly ablation: FindingAblation | null;
  readonly examples: readonly FindingExample[];
  /** What its author says that it does not show. */
  readonly but: string | null;
}

/** Something that is there or not: how often after the prompts and after their controls. */
export interface EventFinding extends FindingCommon {
  readonly kind: 'event';
  readonly counts: {
    readonly both: number;
    readonly first: number;
    readonly second: number;
    readonly neither: number;
  };
  readonly probe: Estimate;
  readonly control: Estimate;
  readonly difference: Estimate;
}

/** A measure whose means are compared. */
export interface ComparedFinding extends FindingCommon {
  readonly kind: 'compared';
  readonly measure: string;
  readonly probe: number;
  readonly control: number;
  readonly difference: Estimate;
  /** The share of pairs in which the measure is larger after the prompt than after its control. */
  readonly larger: Estimate;
}

export type FindingReport = EventFinding | ComparedFinding;

export interface FileReport {
  readonly file: string;
  readonly name: string;
  readonly description: string | null;
  /** Pairs that were run, and that the file makes. */
  readonly pairs: number;
  readonly of: number;
  readonly findings: readonly FindingReport[];
}

/** A whole audit: the results, and with `files` everything that is needed to repeat it. */
export interface AuditReport extends Pick<AuditHeader, 'software' | 'model' | 'settings'> {
  readonly schemaVersion: 1;
  readonly sample: OrdinarySample;
  readonly audits: readonly FileReport[];
  readonly files: AuditHeader['files'];
}
