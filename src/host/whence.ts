// What the commands work with: made once in extension.ts, handed to every feature.

import type * as vscode from 'vscode';
import type { Audits } from './audits/runAudit';
import type { CircuitExplorer } from './circuits/explorer';
import type { Current } from './current';
import type { EngineProcess } from './engine/process';
import type { Explainer } from './explainer';
import type { CircuitAnswers } from './graphs/answers';
import type { Circuits } from './graphs/circuits';
import type { CircuitMemory } from './graphs/memory';
import type { IndexJob } from './indexJob';
import type { MarksController } from './marks';
import type { CircuitPanel } from './panels/circuitPanel';
import type { ExplanationView } from './panels/explanationView';
import type { PartIndex } from './partIndex';
import type { Board } from './questions/board';
import type { Records } from './records/records';
import type { CompletionSteering } from './steering/steering';
import type { SteeringVectors } from './steering/vectors';
import type { Work } from './work';

export interface Whence {
  readonly log: vscode.LogOutputChannel;
  readonly engine: EngineProcess;
  readonly work: Work;
  readonly records: Records;
  readonly current: Current;
  readonly explainer: Explainer;
  readonly parts: PartIndex;
  readonly index: IndexJob;
  readonly board: Board;
  readonly marks: MarksController;
  readonly explanation: ExplanationView;
  readonly graphs: Circuits;
  readonly answers: CircuitAnswers;
  readonly memory: CircuitMemory;
  readonly circuit: CircuitPanel;
  /** Circuit files in the Test Explorer. */
  readonly circuits: CircuitExplorer;
  readonly audits: Audits;
  /** Steering vectors that were saved, and what completions are steered with. */
  readonly vectors: SteeringVectors;
  readonly steering: CompletionSteering;
  /** The extension's own folder. */
  readonly extension: vscode.Uri;
  /** Of the extension. */
  readonly version: string;
  /** Says what went wrong to the person who asked. */
  readonly report: (thrown: unknown) => void;
}
