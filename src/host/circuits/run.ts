// Runs circuit files for the Test Explorer: what was chosen, file by file, each case as it is measured. A verdict needs
// all cases, so running one case runs its expectation.

import * as vscode from 'vscode';
import { comparedCase } from '../../core/circuitFile/failure';
import type {
  CaseResult,
  CircuitResult,
  ExpectationResult,
  MeasuredCase,
} from '../../core/circuitFile/result';
import type { Claim, Expectation } from '../../core/circuitFile/syntax';
import { asWhenceError } from '../../core/errors';
import type { CircuitEngine } from './engine';
import { failureMessage } from './failureMessage';
import type { Measured } from './measured';
import { type ReadCircuit, readCircuit } from './read';
import type { CircuitTree } from './tree';

/** The menus of package.json show their commands on messages with this value. */
const ofCase = 'whence-case';

export class CircuitRuns {
  constructor(
    private readonly tree: CircuitTree,
    private readonly engine: CircuitEngine,
    private readonly measured: Measured,
  ) {}

  /** Runs what a request names, but for what it leaves out. */
  async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.tree.controller.createTestRun(request);
    try {
      await this.tree.find();
      for (const [file, chosen] of this.#chosen(request)) {
        if (token.isCancellationRequested) break;
        await this.#runFile(run, file, chosen, token);
      }
    } finally {
      run.end();
    }
  }

  /** What is asked for, by file. */
  #chosen({ include, exclude }: vscode.TestRunRequest): ReadonlyMap<vscode.TestItem, Chosen> {
    const chosen = new Map<vscode.TestItem, Chosen>();
    const without = new Set(exclude);
    for (const item of include ?? this.tree.files) {
      const file = fileOf(item);
      if (without.has(item) || without.has(file)) continue;
      chosen.set(file, { items: [...(chosen.get(file)?.items ?? []), item], without });
    }
    return chosen;
  }

  async #runFile(
    run: vscode.TestRun,
    item: vscode.TestItem,
    { items, without }: Chosen,
    token: vscode.CancellationToken,
  ): Promise<void> {
    try {
      const circuit = await readCircuit(item.uri!);
      // Only now do the items stand for the expectations of this text: an edit may have moved them.
      this.tree.show(item, circuit.text);
      const own = this.tree.expectations(item);
      const indices = [...own.keys()].filter((index) => {
        const expectation = own[index]!;
        const asked = items.some(
          (each) => each === item || each === expectation || each.parent === expectation,
        );
        return asked && !without.has(expectation);
      });
      if (indices.length === 0) return;
      const report = new Report(
        run,
        this.tree,
        circuit,
        indices.map((index) => [own[index]!, circuit.file.expectations[index]!]),
      );
      report.started();
      const result = await this.engine.ask(
        'circuit/run',
        circuit.file.model,
        circuit.uri,
        {
          text: circuit.text,
          prompts: circuit.prompts,
          vectors: circuit.vectors,
          expectations: indices,
        },
        { token, onNotification: ({ name, params }) => name === 'circuit/case' && report.case(params) },
      );
      report.finished(result);
      this.measured.keep(circuit, indices, result);
    } catch (thrown) {
      const error = asWhenceError(thrown);
      if (error.code !== 'cancelled') run.errored(item, new vscode.TestMessage(error.message));
      else run.skipped(item);
    }
  }
}

/** Items of one file: itself, expectations, or their cases. */
interface Chosen {
  readonly items: readonly vscode.TestItem[];
  readonly without: ReadonlySet<vscode.TestItem>;
}

/** Tells a test run what was measured in one file. */
class Report {
  /** @param asked each with its item, which an edit may move meanwhile */
  constructor(
    private readonly run: vscode.TestRun,
    private readonly tree: CircuitTree,
    private readonly circuit: ReadCircuit,
    private readonly asked: readonly (readonly [vscode.TestItem, Expectation])[],
  ) {}

  started(): void {
    for (const [item] of this.asked) {
      this.run.started(item);
      for (const [, each] of item.children) this.run.enqueued(each);
    }
  }

  /** A case that does not hold is a failure at once only where all must hold; else the verdict decides. */
  case({ case: subject, measured }: MeasuredCase): void {
    for (const [at, [expectation, { claim, quantifier }]] of this.asked.entries()) {
      const item = this.tree.case(expectation, subject.case);
      const found = measured[at];
      if (!item || !found) continue;
      if (found.holds) this.run.passed(item);
      else if (found.holds === false && quantifier.kind === 'all') {
        this.run.failed(item, caseMessage(claim, found.measured, subject));
      }
    }
  }

  finished(result: CircuitResult): void {
    const lines = [`${result.name}, ${result.cases.length} cases`];
    for (const [at, [item, { claim, quantifier, line }]] of this.asked.entries()) {
      const outcome = result.expectations[at]!;
      lines.push(`  ${outcome.holds ? '✓' : '✗'} ${outcome.text}  ${outcome.measured}`);
      if (outcome.holds) this.run.passed(item);
      else this.run.failed(item, this.#message(outcome, result, line));
      if (quantifier.kind === 'all') continue;
      for (const { case: number, measured, holds } of outcome.cases) {
        const each = number === null ? undefined : this.tree.case(item, number);
        if (!each || holds) continue;
        const subject = result.cases[number!]!;
        // The verdict is of all together: no single case is at fault where enough hold, or where the mean is judged.
        if (outcome.holds || holds === null) this.run.skipped(each);
        else this.run.failed(each, caseMessage(claim, measured, subject));
      }
    }
    this.run.appendOutput(`${lines.join('\r\n')}\r\n`);
  }

  #message(outcome: ExpectationResult, whole: CircuitResult, line: number): vscode.TestMessage {
    const message = new vscode.TestMessage(failureMessage(this.circuit.uri, outcome, whole));
    message.location = new vscode.Location(this.circuit.uri, new vscode.Position(line - 1, 0));
    return message;
  }
}

/** Without a place: VS Code would draw it over that of its expectation. */
function caseMessage(claim: Claim, value: number | string, subject: CaseResult): vscode.TestMessage {
  const { summary, expected, measured } = comparedCase(claim, value, subject);
  const message = vscode.TestMessage.diff(summary, expected, measured);
  message.contextValue = ofCase;
  return message;
}

export function fileOf(item: vscode.TestItem): vscode.TestItem {
  return item.parent ? fileOf(item.parent) : item;
}
