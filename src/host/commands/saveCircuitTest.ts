// Whence: Save as Circuit Test. Writes a circuit file of the current answer: what was seen, measured once more by the file
// itself, with bounds that leave a margin. It opens unsaved, or lies in the workspace where people chose so.

import * as vscode from 'vscode';
import { answerOf } from '../../core/answer';
import { draftOf } from '../../core/circuitFile/write';
import { showToken } from '../../core/display';
import { WhenceError } from '../../core/errors';
import { readsAhead } from '../../core/text';
import { circuitLanguage } from '../circuits/language';
import { questionOf } from '../current';
import { nameOf } from '../documents';
import type { Question } from '../explainer';
import { foldersAround } from '../folders';
import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import { choose, gone } from './tokens';

/** Characters of the line before the token in the file's title. */
const mostQuoted = 40;

export async function saveCircuitTest(whence: Whence, given?: TokenRef): Promise<void> {
  const current = whence.current.question ? whence.current.ref : null;
  const ref = await choose(whence, given ?? current ?? undefined);
  const question = questionOf(ref, whence.records);
  if (!question) throw gone();
  const where = await place(question);
  if (!where) return;
  const text = await whence.work.run('measuring what was seen', (token) => written(whence, question, token));
  const document = await (where === 'unsaved'
    ? vscode.workspace.openTextDocument({ language: circuitLanguage, content: text })
    : saved(where, text));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
}

/** The text of the file, with bounds around what it measures itself. */
async function written(whence: Whence, question: Question, token: vscode.CancellationToken): Promise<string> {
  const { record, index, contrast } = question;
  const answered = record.tokens[index]!;
  const answer = record.text.slice(answered.start, answered.end);
  if (answer === '') {
    throw new WhenceError(
      'bad-input',
      'This token holds only part of a character, which no text can ask for. Choose the one before or after it.',
    );
  }
  if (readsAhead(record.tokens, index)) {
    throw new WhenceError(
      'bad-input',
      'The model filled in a gap here, and the prompts of circuit files end where the answer begins. Choose a token that was written at the end of a text.',
    );
  }
  const explanation = await whence.explainer.explained(question, token);
  const headScores = whence.explainer.headScores(record);
  const line = (at: number) => record.text.slice(0, record.tokens[at]?.start).split('\n').length - 1;
  const prompt = record.text.slice(0, answered.start);
  const { path, id } = await whence.engine.load(token);
  const model = await whence.circuits.nameOf(path, id);
  const language = record.language === 'plaintext' ? null : record.language;
  const draft = draftOf({
    name: titleOf(question),
    description: answerOf(explanation, headScores, line).sentence,
    model,
    language,
    prompt,
    answer,
    contrast,
    explanation,
    tokens: record.tokens,
    headScores,
  });
  const prompts = [{ text: prompt, language }];
  const { expectations } = await whence.circuits.measure(
    model,
    { text: draft.open, prompts, expectations: null },
    token,
  );
  return draft.finished(expectations.map(({ cases: [first] }) => first!.measured));
}

/** As `“total” in cart.py, after “return self.”`. */
function titleOf({ record, index }: Question): string {
  const { start, text } = record.tokens[index]!;
  const before = record.text.slice(0, start).split('\n').at(-1)!.trim();
  const after = before === '' ? '' : `, after “${before.slice(-mostQuoted)}”`;
  return `“${showToken(text)}” in ${nameOf(record.document)}${after}`;
}

interface Place extends vscode.QuickPickItem {
  readonly where: 'unsaved' | vscode.Uri;
}

/** Where the file goes; null when that was dismissed. Without a folder there is nothing to choose. */
async function place({ record, index }: Question): Promise<Place['where'] | null> {
  const [folder] = foldersAround(vscode.Uri.parse(record.document));
  if (!folder) return 'unsaved';
  const name = record.tokens[index]!.text.replaceAll(/[^A-Za-z0-9]+/g, '') || 'token';
  const uri = await unused(vscode.Uri.joinPath(folder, 'circuits'), name);
  const places: readonly Place[] = [
    { label: '$(new-file) Open it unsaved', description: 'to look at it first', where: 'unsaved' },
    {
      label: '$(save) Save it in the workspace',
      description: vscode.workspace.asRelativePath(uri),
      where: uri,
    },
  ];
  const picked = await vscode.window.showQuickPick(places, { title: 'Save as Circuit Test' });
  return picked?.where ?? null;
}

/** The first of `name.circuit`, `name-2.circuit` … that is not there. */
async function unused(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.joinPath(folder, `${name}${number === 1 ? '' : `-${number}`}.circuit`);
    const there = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!there) return uri;
  }
}

async function saved(uri: vscode.Uri, text: string): Promise<vscode.TextDocument> {
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return vscode.workspace.openTextDocument(uri);
}
