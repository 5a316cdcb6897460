// A failed expectation as the Test Explorer shows it: what was measured, then the cases at fault with their prompts, each
// with links to its explanation and its circuit.

import * as vscode from 'vscode';
import { failureSentence, offending } from '../../core/circuitFile/failure';
import { type CircuitResult, type ExpectationResult, nameOf } from '../../core/circuitFile/result';
import { codeSpan, escapeMarkdown } from '../../core/markdown';
import { commandLink } from '../contributions';
import type { CommandId } from '../manifest';

const linked: readonly CommandId[] = ['whence.explainCase', 'whence.showCaseCircuit'];

/** Cases shown; the others are counted. */
const mostCases = 5;

export function failureMessage(
  circuit: vscode.Uri,
  outcome: ExpectationResult,
  whole: CircuitResult,
): vscode.MarkdownString {
  const cases = offending(outcome, whole);
  const left = cases.length - mostCases;
  const parts = [
    escapeMarkdown(failureSentence(outcome.measured, outcome.expected)),
    ...cases.slice(0, mostCases).map(({ subject, measured }) => {
      const ref = { circuit: circuit.toString(), case: subject.case };
      const links = [
        `[Explain](${commandLink('whence.explainCase', ref)} "Where the answer came from in this case")`,
        `[Circuit](${commandLink('whence.showCaseCircuit', ref)} "The parts of the model that brought it")`,
      ];
      const about = `${codeSpan(nameOf(subject))}: ${escapeMarkdown(measured)} · ${links.join(' · ')}`;
      return `${about}\n\n${fenced(subject.prompt)}`;
    }),
    ...(left > 0 ? [`And ${left} more cases.`] : []),
  ];
  const message = new vscode.MarkdownString(parts.join('\n\n'));
  message.isTrusted = { enabledCommands: linked };
  return message;
}

/** A block of code with a fence that nothing in it can close. */
function fenced(text: string): string {
  const runs: readonly string[] = text.match(/`{3,}/g) ?? [];
  const longest = runs.reduce((most, run) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  // Where this is shown, VS Code drops the spaces that a line begins with.
  const indented = text.replaceAll(/^[ \t]+/gm, (indent) => '\u00a0'.repeat(indent.length));
  return `${fence}\n${indented}\n${fence}`;
}
