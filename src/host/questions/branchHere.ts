// Whence: Branch Here. Another token is taken in place of one, and the model goes on from it, in a document beside the
// original; both are records.

import * as vscode from 'vscode';
import type { Branched, Continuation } from '../../core/asked/asked';
import { nameToken } from '../../core/display';
import { greedy } from '../../core/generation';
import { recordOfGeneration, statisticsOf, type WhenceRecord } from '../../core/record';
import { pickAlternative } from '../commands/alternatives';
import { setting } from '../contributions';
import { linesOf, positionAt } from '../documents';
import type { BranchRef } from '../manifest';
import { newOrigin } from '../records/origin';
import type { Whence } from '../whence';
import { ask, type Subject, subjectOf } from './asking';

/** Characters of a continuation that the side view shows. */
const mostShown = 400;

export async function branchHere(whence: Whence, given?: BranchRef): Promise<void> {
  const subject = await subjectOf(whence, given);
  const { record, index } = subject;
  const title = `Go on from which token in place of ${nameToken(record.tokens[index]!.text)}?`;
  const alternative = given?.alternative ?? (await pickAlternative(record, index, title));
  if (!alternative) return;
  await ask(whence, subject, 'going on from another token', async (token): Promise<Branched> => {
    const steering = await whence.steering.of(await whence.engine.load(token));
    const params = {
      ids: record.tokens.slice(0, index).map(({ id }) => id),
      alternative: alternative.id ?? alternative.text,
      language: record.language,
      maxTokens: setting('whence.maxTokens'),
      stopAt: 'block',
      // As the original was sampled, with its seed: what differs then differs because of the token.
      sampling: record.sampling ?? greedy,
      ...(steering && { steering }),
    } as const;
    const result = await whence.engine.request('branch', params, { token });
    const before = record.text.slice(0, record.tokens[index]!.start);
    const above = textAbove(subject);
    const document = await vscode.workspace.openTextDocument({
      language: record.language,
      content: above + before + result.text + result.after,
    });
    const origin = newOrigin(document, record.model, params.sampling, steering);
    const branch = recordOfGeneration(origin, before, above.length, result);
    await whence.records.add(branch, document);
    const place = positionAt(document, above.length + before.length);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: false,
      selection: new vscode.Range(place, place),
    });
    return {
      kind: 'branched',
      original: continuationOf(record, index),
      branch: continuationOf(branch, branch.first),
    };
  });
}

/** What stands in the document above what the model read, so that lines have the same numbers in both. */
function textAbove({ record, placed }: Subject): string {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === record.document);
  const first = record.tokens.findIndex(({ special, start }) => !special && start === 0);
  return document ? linesOf(document).text.slice(0, placed.anchors.ranges[first]?.start ?? 0) : '';
}

function continuationOf(record: WhenceRecord, index: number): Continuation {
  const { start, text } = record.tokens[index]!;
  const later = record.statistics.slice(index - record.first + 1);
  const logarithms = later.reduce((sum, { probability }) => sum + Math.log(probability), 0);
  return {
    record: record.id,
    index,
    token: text,
    probability: statisticsOf(record, index)!.probability,
    text: record.text.slice(start, start + mostShown),
    mean: later.length === 0 ? null : Math.exp(logarithms / later.length),
  };
}
