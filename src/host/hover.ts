// The hover over a token that the model wrote or read. It never waits for the engine longer than people wait for a hover:
// what is not known yet is asked for in the background and is there the next time.

import * as vscode from 'vscode';
import { asWhenceError } from '../core/errors';
import { steeredSentence } from '../core/steeringWords';
import { setting } from './contributions';
import { questionOf } from './current';
import { rangeAt } from './documents';
import type { Explainer } from './explainer';
import { hoverCommands, hoverText, staleText } from './hoverText';
import { hasChangedContext, type Records } from './records/records';
import { cardFor } from './tokenView';

/** Milliseconds that a hover waits for an explanation that is not known yet. */
const patience = 400;

export class TokenHover implements vscode.HoverProvider {
  constructor(
    private readonly records: Records,
    private readonly explainer: Explainer,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    try {
      return await this.#hover(document, position, token);
    } catch (thrown) {
      this.log.error(asWhenceError(thrown));
      return null;
    }
  }

  async #hover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    const ref = this.records.at(document, position);
    const placed = ref && this.records.get(ref.record);
    const question = ref && questionOf(ref, this.records);
    if (!placed || !question) return null;
    const range = rangeAt(document, placed.anchors.ranges[ref.index]!);
    if (placed.anchors.stale[ref.index])
      return new vscode.Hover(trusted(staleText(placed.record.tokens[ref.index]!.text)), range);

    const answer = this.explainer.ask(question, 'hover');
    if (this.explainer.known(question).progress !== null) await soonerOf(answer, patience);
    if (token.isCancellationRequested) return null;
    const card = cardFor(placed, question, this.explainer);
    if (!card) return null;
    const { explanation, progress, error } = this.explainer.known(question);
    const text = hoverText({
      ref,
      card,
      mode: setting('whence.mode'),
      steered: placed.record.steering ? steeredSentence(placed.record.steering) : null,
      changed: hasChangedContext(placed.anchors, ref.index),
      progress,
      error: error?.message ?? null,
      footer: `${explanation ? `${explanation.method} · ` : ''}${placed.record.model.precision}`,
    });
    return new vscode.Hover(trusted(text), range);
  }
}

function trusted(text: string): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text);
  markdown.isTrusted = { enabledCommands: hoverCommands };
  return markdown;
}

async function soonerOf(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
