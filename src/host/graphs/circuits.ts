// The circuit that is shown: traced on request and growing while it is, or opened from a file. One at a time; the last few
// traced ones are kept, so that going back costs nothing.

import * as vscode from 'vscode';
import type { CircuitSubject } from '../../core/circuitPanel';
import { asWhenceError } from '../../core/errors';
import { defaultMethod } from '../../core/explanation';
import type { GraphDocument, GraphView } from '../../core/graphDocument';
import { defaultNodes, type TracedCircuit } from '../../core/traced';
import { setContext } from '../contributions';
import { questionOf } from '../current';
import type { EngineProcess } from '../engine/process';
import type { Explainer, Question } from '../explainer';
import type { Records } from '../records/records';
import type { CircuitMemory, Origin } from './memory';
import { readGraphFile } from './open';
import { circuitId, subjectOf, subjectOfFile } from './subject';

/** Traced circuits that are kept in memory; one of 500 nodes takes some megabytes. */
const mostKept = 8;

export interface ShownCircuit {
  readonly kind: 'circuit';
  readonly subject: CircuitSubject;
  readonly document: GraphDocument;
  /** The document that its token is in, or its file. */
  readonly source: vscode.Uri;
  /** Null for graphs from files, whose model nobody can ask. */
  readonly question: Question | null;
  readonly notes: readonly string[];
  /** Of a graph from a file, by id the numbers of its features there; null for our own. */
  readonly features: ReadonlyMap<string, number> | null;
  /** Groups that are offered in a graph from a file; null where they are to be found. */
  readonly groups: GraphView['supernodes'] | null;
}

export type Shown =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'tracing';
      readonly subject: CircuitSubject;
      readonly question: Question;
      readonly nodes: number;
      readonly wanted: number;
      readonly doing: string | null;
      readonly grown: TracedCircuit | null;
    }
  | ShownCircuit
  | {
      readonly kind: 'failed';
      readonly subject: CircuitSubject | null;
      readonly question: Question | null;
      readonly message: string;
    };

export class Circuits {
  #shown: Shown = { kind: 'nothing' };
  #source: vscode.CancellationTokenSource | null = null;
  /** Of a graph that is being read from its file; whatever else is asked for cancels it. */
  #opening: vscode.CancellationTokenSource | null = null;
  readonly #kept = new Map<string, { readonly nodes: number; readonly circuit: ShownCircuit }>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when something else is shown, or more of it. */
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly engine: EngineProcess,
    private readonly records: Records,
    private readonly explainer: Explainer,
    private readonly memory: CircuitMemory,
    private readonly log: vscode.LogOutputChannel,
    /** The path of dist/graphReader.js. */
    private readonly reader: string,
  ) {}

  get shown(): Shown {
    return this.#shown;
  }

  /** Shows a token's circuit, of a span its first one's. Fulfilled when it is traced, was stopped or failed; never rejects. */
  async trace(asked: Question, nodes = defaultNodes): Promise<void> {
    const question: Question = { ...asked, end: asked.index + 1, method: defaultMethod };
    const placed = this.records.get(question.record.id);
    if (!placed) return;
    this.#opening?.cancel();
    this.#withdraw();
    // The sentence of the panel is the explanation's; who asked for a circuit waits for it, even just after typing.
    void this.explainer.ask(question, 'selected');
    const kept = this.#kept.get(circuitId(question));
    if (kept && kept.nodes === nodes) {
      const subject = subjectOf(placed, question, this.explainer);
      this.#show({ ...kept.circuit, subject, question });
      this.#remember(kept.circuit, question);
      return;
    }
    const source = new vscode.CancellationTokenSource();
    this.#source = source;
    const subject = () => subjectOf(placed, question, this.explainer);
    const start = { kind: 'tracing', question, nodes: 0, wanted: nodes, grown: null } as const;
    this.#show({ ...start, subject: subject(), doing: 'Looking inside the model' });
    try {
      const circuit = await this.#ask(question, nodes, source);
      if (this.#source !== source) return;
      this.#finish(circuit, subject(), question, nodes, null);
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (this.#source !== source) return;
      this.#source = null;
      if (error.code === 'cancelled') return;
      this.log.warn(error.message);
      this.#show({ kind: 'failed', subject: subject(), question, message: error.message });
    }
  }

  /** Ends the tracing; what is there is shown as the circuit. */
  stop(): void {
    const shown = this.#shown;
    this.#withdraw();
    if (shown.kind !== 'tracing') return;
    const { grown, subject, question, wanted } = shown;
    if (!grown) {
      const message = 'Tracing was stopped before there was anything to show.';
      this.#show({ kind: 'failed', subject, question, message });
      return;
    }
    const note = `Stopped at ${grown.parts} of ${wanted} parts: the most influential ones are there, why heads look where they look is not.`;
    this.#finish(grown, subject, question, 0, note);
  }

  /** Shows the same circuit with another number of parts, or tries again. */
  async again(nodes: number | null): Promise<void> {
    const question = 'question' in this.#shown ? this.#shown.question : null;
    if (!question) return;
    this.#kept.delete(circuitId(question));
    await this.trace(question, nodes ?? defaultNodes);
  }

  /**
   * Shows a graph from a file.
   *
   * @throws WhenceError `bad-input` for a file that is too large, or no graph; `cancelled`, also by what is asked for meanwhile
   */
  async open(uri: vscode.Uri, token?: vscode.CancellationToken): Promise<void> {
    this.#opening?.cancel();
    const opening = new vscode.CancellationTokenSource();
    this.#opening = opening;
    const cancelling = token?.onCancellationRequested(() => opening.cancel());
    try {
      await this.#open(uri, opening.token);
    } finally {
      cancelling?.dispose();
      if (this.#opening === opening) this.#opening = null;
      opening.dispose();
    }
  }

  async #open(uri: vscode.Uri, token: vscode.CancellationToken): Promise<void> {
    const { document, warnings, features, groups, ...file } = await readGraphFile(uri, this.reader, token);
    this.#withdraw();
    this.#show({
      kind: 'circuit',
      subject: subjectOfFile(file, document),
      document,
      source: uri,
      question: null,
      notes: [`From ${file.name}.`, ...warnings],
      features,
      groups,
    });
    await this.memory.store({
      origin: { kind: 'file', uri: uri.toString() },
      document: null,
      notes: warnings,
    });
  }

  /** Shows what the last window showed, unless something is shown already. */
  async restore(): Promise<void> {
    await this.records.loaded;
    const last = await this.memory.last();
    if (!last || this.#opening || this.#shown.kind !== 'nothing') return;
    const { origin, document, notes } = last;
    if (origin.kind === 'file') {
      await this.open(vscode.Uri.parse(origin.uri)).catch((thrown: unknown) => {
        this.log.info(asWhenceError(thrown).message);
      });
      return;
    }
    const placed = this.records.get(origin.record);
    const { record, index, contrast } = origin;
    const question = questionOf({ record, index, ...(contrast !== null && { contrast }) }, this.records);
    if (!placed || !document || !question) return;
    const subject = subjectOf(placed, question, this.explainer);
    const source = vscode.Uri.parse(question.record.document);
    this.#show({ kind: 'circuit', subject, document, source, question, notes, features: null, groups: null });
  }

  /** Forgets what was traced: another model was chosen. */
  clear(): void {
    this.#kept.clear();
  }

  dispose(): void {
    this.#opening?.cancel();
    this.#withdraw();
    this.#changed.dispose();
  }

  async #ask(
    question: Question,
    nodes: number,
    source: vscode.CancellationTokenSource,
  ): Promise<TracedCircuit> {
    const { record, index, contrast } = question;
    const { token } = source;
    await this.explainer.requireModel(record, token);
    const params = {
      ids: record.tokens.map(({ id }) => id),
      position: index,
      target: null,
      contrast,
      mass: null,
      nodes,
      heads: 'nodes',
    } as const;
    return this.engine.request('trace', params, {
      token,
      onNotification: ({ name, params: said }) => {
        const shown = this.#shown;
        if (this.#source !== source || shown.kind !== 'tracing') return;
        if (name === 'progress') {
          const traced = said.fraction === null ? shown.nodes : Math.round(said.fraction * nodes);
          this.#show({ ...shown, nodes: traced, doing: said.message });
        } else if (name === 'trace/grown') {
          const placed = this.records.get(record.id);
          const subject = placed ? subjectOf(placed, question, this.explainer) : shown.subject;
          this.#show({ ...shown, subject, nodes: said.circuit.parts, grown: said.circuit });
        }
      },
    });
  }

  #finish(
    circuit: TracedCircuit,
    subject: CircuitSubject,
    question: Question,
    nodes: number,
    note: string | null,
  ): void {
    this.#source = null;
    const { document, checks, thinned } = circuit;
    const notes = [
      ...(note ? [note] : []),
      ...(thinned
        ? ['Text and model are large: weak inputs were summed up without a look at what they lead to.']
        : []),
      ...checks
        .filter(({ holds }) => !holds)
        .map(({ value }) => `The sums of this circuit are off by ${value.toExponential(0)}.`),
    ];
    const source = vscode.Uri.parse(question.record.document);
    const shown: ShownCircuit = {
      kind: 'circuit',
      subject,
      document,
      source,
      question,
      notes,
      features: null,
      groups: null,
    };
    this.#kept.delete(subject.id);
    this.#kept.set(subject.id, { nodes, circuit: shown });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
    this.#show(shown);
    this.#remember(shown, question);
  }

  /** As the last one, for the next window. */
  #remember({ document, notes }: ShownCircuit, { record, index, contrast }: Question): void {
    const origin: Origin = { kind: 'token', record: record.id, index, contrast };
    void this.memory.store({ origin, document, notes });
  }

  #withdraw(): void {
    this.#source?.cancel();
    this.#source = null;
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    setContext('whence.hasCircuit', shown.kind === 'circuit');
    this.#changed.fire();
  }
}
