// What the circuit panel is told: the shown circuit with what is known of its parts, and answers to what it asks.

import * as vscode from 'vscode';
import {
  type FromCircuitPanel,
  type PanelCircuit,
  type PartEvidence,
  partNameOf,
  signOfNode,
  type ToCircuitPanel,
} from '../../core/circuitPanel';
import { asWhenceError } from '../../core/errors';
import type { GraphView } from '../../core/graphDocument';
import { panelEvidenceOf } from '../../core/partIndex/panelEvidence';
import type { PartSign } from '../../core/partIndex/types';
import { runCommand } from '../contributions';
import { Disposables } from '../disposables';
import type { Explainer, Question } from '../explainer';
import type { PartIndex } from '../partIndex';
import type { CircuitChanges } from './changes';
import type { Circuits, ShownCircuit } from './circuits';
import { featureBeside } from './features';
import { offeredGroups } from './groups';
import type { CircuitMemory } from './memory';
import { share } from './share';
import { subjectOfQuestion } from './subject';

type Asked = Exclude<FromCircuitPanel, { readonly type: 'ready' | 'mode' | 'command' }>;
type Busy = Extract<ToCircuitPanel, { readonly type: 'busy' }>['what'];

const nothingYet =
  'No circuit is shown yet. Rest the mouse on a token that the model wrote and choose Circuit, or open a graph.';
const noIndex =
  'Nothing is known yet of what this part does in other texts: the model has no index of its parts.';

const noFeature = (feature: number | undefined) =>
  feature === undefined
    ? 'The graph gives this feature no number by which its examples could be found.'
    : `No examples lie beside the graph: they would be in features/${feature}.json.`;

export class CircuitAnswers {
  readonly #disposables = new Disposables();
  readonly #said = this.#disposables.add(new vscode.EventEmitter<ToCircuitPanel>());
  readonly onDidAnswer = this.#said.event;
  /** By the id of a circuit: the groups that are offered in it. */
  readonly #groups = new Map<string, GraphView['supernodes']>();
  #work: vscode.CancellationTokenSource | null = null;
  /** Whether evidence was asked for that another model would have had to give. */
  #missed = false;

  constructor(
    private readonly circuits: Circuits,
    private readonly changes: CircuitChanges,
    private readonly explainer: Explainer,
    private readonly parts: PartIndex,
    private readonly memory: CircuitMemory,
    private readonly extension: vscode.Uri,
    private readonly version: string,
    private readonly log: vscode.LogOutputChannel,
  ) {
    for (const disposable of [
      circuits.onDidChange(() => this.#changed()),
      parts.onDidChange((what) => (what === 'gone' ? this.#forget() : this.#come())),
      explainer.onDidChange(() => this.#known()),
    ])
      this.#disposables.add(disposable);
  }

  /** What is shown, whole. */
  get message(): ToCircuitPanel {
    const { shown } = this.circuits;
    switch (shown.kind) {
      case 'nothing':
        return { type: 'empty', message: nothingYet, command: 'completeHere' };
      case 'tracing': {
        const { subject, nodes, wanted, doing, grown } = shown;
        const graph = grown?.document.graph ?? null;
        return { type: 'tracing', subject, nodes, wanted, doing: graph ? null : doing, graph };
      }
      case 'failed':
        return { type: 'failed', subject: shown.subject, message: shown.message };
      default:
        return {
          type: 'circuit',
          circuit: this.panelCircuit(shown),
          saved: this.memory.settingsOf(shown.subject.id),
        };
    }
  }

  /** The shown circuit as the panel has it, with the settings made there. */
  panelCircuit(shown: ShownCircuit): PanelCircuit {
    const { subject, document, question, notes, features } = shown;
    return {
      subject: question ? subjectOfQuestion(subject, question, this.explainer) : subject,
      document,
      names: this.#names(shown),
      suggestions: this.#groups.get(subject.id) ?? [],
      headScores: question && this.explainer.headScores(question.record),
      live: question !== null,
      features: features !== null,
      notes,
      version: this.version,
    };
  }

  /** Never rejects: what went wrong is told to the panel. */
  async answer(message: Asked): Promise<void> {
    switch (message.type) {
      case 'stop':
        this.#stop();
        this.circuits.stop();
        break;
      case 'trace':
        await this.circuits.again(message.nodes);
        break;
      case 'save':
        this.memory.saveSettings(message.id, message.settings);
        break;
      case 'reveal':
        await this.#reveal(message.position);
        break;
      case 'look':
        await this.#look(message);
        break;
      case 'ask':
        await this.#tell(message.part, message.sign);
        break;
      case 'buildIndex':
        await runCommand('whence.indexModel');
        break;
      case 'change':
        await this.#run('change', 'Running the model', async (shown, token) => ({
          type: 'changed',
          id: shown.id,
          outcome: await this.changes.change(shown, message.changes, message.freezeAttention, token),
        }));
        break;
      case 'test':
        await this.#run('test', 'Running the model without the other parts', async (shown, token) => ({
          type: 'tested',
          id: shown.id,
          trial: await this.changes.test(shown, message.nodes, token),
        }));
        break;
      case 'export':
        await this.#share(message);
        break;
    }
  }

  dispose(): void {
    this.#stop();
    this.#disposables.dispose();
  }

  /** What belongs to a circuit that is not shown any more is of no use. */
  #changed(): void {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit') this.#stop();
    else void this.#learn(shown);
  }

  #learnShown(): void {
    const { shown } = this.circuits;
    if (shown.kind === 'circuit') void this.#learn(shown);
  }

  /**
   * Fetches names and groups of a circuit that can be asked about. A window that was loaded again shows its circuit without
   * starting the engine: there this waits for the first question.
   */
  async #learn({ subject, document, question, groups: found }: ShownCircuit): Promise<void> {
    if (this.#groups.has(subject.id) || (question && !this.parts.isAwake)) return;
    const none: GraphView['supernodes'] = [];
    this.#groups.set(subject.id, none);
    try {
      if (question) {
        await this.parts.fetchNames();
        if (this.parts.model !== question.record.model.sha256) {
          this.#groups.delete(subject.id);
          return;
        }
      }
      const groups = found ?? (await offeredGroups(document.graph, this.parts));
      // Another index was made meanwhile: what was found is not true any more.
      if (this.#groups.get(subject.id) !== none) return;
      this.#groups.set(subject.id, groups);
      if (groups.length > 0) this.#known();
    } catch (thrown) {
      this.log.warn(`No groups are offered in this circuit: ${asWhenceError(thrown).message}`);
    }
  }

  /** What was told of parts is not true any more: everything is asked for again. */
  #forget(): void {
    this.#groups.clear();
    // Of the model that was chosen instead nothing is asked before the user does.
    if (!this.parts.isAwake) return;
    this.#said.fire({ type: 'forget' });
    this.#known();
    this.#learnShown();
  }

  async #requireModel({ record }: Question): Promise<void> {
    this.#missed = true;
    await this.explainer.requireModel(record);
    this.#missed = false;
  }

  /** Names have come; maybe of the model again that was missed when somebody asked. */
  #come(): void {
    const { shown } = this.circuits;
    const isBack =
      shown.kind === 'circuit' && shown.question?.record.model.sha256 === this.parts.model && this.#missed;
    if (isBack) {
      this.#missed = false;
      this.#said.fire({ type: 'forget' });
    }
    this.#known();
  }

  #known(): void {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit') return;
    const { names, suggestions, headScores } = this.panelCircuit(shown);
    this.#said.fire({ type: 'known', id: shown.subject.id, names, suggestions, headScores });
  }

  #names({ document, question }: ShownCircuit): PanelCircuit['names'] {
    // Another model's parts have the same names and do other things.
    if (!question || this.parts.model !== question.record.model.sha256) return {};
    return Object.fromEntries(
      document.graph.nodes.flatMap((node) => {
        const part = partNameOf(node);
        const label = part && this.parts.labelOf(part, signOfNode(node));
        return label ? [[node.id, label.text]] : [];
      }),
    );
  }

  async #reveal(position: number): Promise<void> {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit' || !shown.question) return;
    await runCommand('whence.revealToken', { record: shown.question.record.id, index: position });
  }

  async #look({ layer, head }: { readonly layer: number; readonly head: number }): Promise<void> {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit' || !shown.question) return;
    const { record, index } = shown.question;
    await runCommand('whence.whyHeadLooks', { record: record.id, index, look: { layer, head, key: null } });
  }

  async #tell(part: string, sign: PartSign): Promise<void> {
    const { shown } = this.circuits;
    if (shown.kind === 'circuit' && shown.features) {
      await this.#tellFeature(part, shown, shown.features.get(part));
      return;
    }
    try {
      if (shown.kind === 'circuit' && shown.question) await this.#requireModel(shown.question);
      const found = await this.parts.evidenceOf(part);
      const evidence = found && panelEvidenceOf(found, sign);
      const missing = { problem: noIndex, offer: { label: 'Index This Model', what: 'buildIndex' } } as const;
      const rest = evidence ? { problem: null, offer: null } : missing;
      this.#said.fire({ type: 'evidence', part, sign, evidence, ...rest });
      this.#learnShown();
    } catch (thrown) {
      const problem = asWhenceError(thrown).message;
      this.#said.fire({ type: 'evidence', part, sign, evidence: null, problem, offer: null });
    }
  }

  /** What files beside a graph say of one of its features. */
  async #tellFeature(
    id: string,
    { source, document }: ShownCircuit,
    feature: number | undefined,
  ): Promise<void> {
    const said = (evidence: PartEvidence | null, problem: string | null) =>
      this.#said.fire({ type: 'evidence', part: id, sign: null, evidence, problem, offer: null });
    try {
      const found = feature === undefined ? null : await featureBeside(source, document.model, feature);
      said(found, found ? null : noFeature(feature));
    } catch (thrown) {
      said(null, asWhenceError(thrown).message);
    }
  }

  /** Asks the engine something about the shown circuit; the next question withdraws this one. */
  async #run(
    what: Busy,
    doing: string,
    work: (
      shown: Parameters<CircuitChanges['change']>[0],
      token: vscode.CancellationToken,
    ) => Promise<ToCircuitPanel>,
  ): Promise<void> {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit' || !shown.question) return;
    this.#stop();
    const source = new vscode.CancellationTokenSource();
    this.#work = source;
    const { question, document, subject } = shown;
    this.#said.fire({ type: 'busy', what, doing, problem: null });
    try {
      await this.explainer.requireModel(question.record, source.token);
      const answer = await work({ id: subject.id, question, graph: document.graph }, source.token);
      if (this.#work === source) this.#said.fire(answer);
      this.#learnShown();
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (this.#work !== source && error.code === 'cancelled') return;
      const problem = error.code === 'cancelled' ? null : error.message;
      this.#said.fire({ type: 'busy', what, doing: null, problem });
    } finally {
      if (this.#work === source) this.#work = null;
    }
  }

  #stop(): void {
    if (this.#work) this.#said.fire({ type: 'busy', what: 'change', doing: null, problem: null });
    this.#work?.cancel();
    this.#work = null;
  }

  async #share(message: Extract<Asked, { readonly type: 'export' }>): Promise<void> {
    const { shown } = this.circuits;
    if (shown.kind !== 'circuit') return;
    const circuit = this.panelCircuit(shown);
    const view = this.memory.settingsOf(shown.subject.id)?.view ?? circuit.document.view;
    try {
      const { extension } = this;
      const { source } = shown;
      await share(message, { ...circuit, document: { ...circuit.document, view } }, { source, extension });
      this.#said.fire({ type: 'busy', what: 'export', doing: null, problem: null });
    } catch (thrown) {
      const problem = asWhenceError(thrown).message;
      this.#said.fire({ type: 'busy', what: 'export', doing: null, problem });
    }
  }
}
