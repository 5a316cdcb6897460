// Whence: What Would Change It? A source is deleted, renamed or masked in memory, and the model runs again; or every
// source is left out, one after another, to see which one matters most.

import * as vscode from 'vscode';
import type { AnswerPart } from '../../core/answer';
import { code, place, words } from '../../core/answerParts';
import { nameToken, showShare } from '../../core/display';
import type { Explanation } from '../../core/explanation';
import type { ContextChange } from '../../core/whatIf';
import { placesOf } from '../../core/whatIf';
import { isName, type TokenWord, tokenWords } from '../../core/words';
import type { ChangeRef } from '../manifest';
import type { Whence } from '../whence';
import { ask, explanationOf, type Subject, subjectOf } from './asking';

/** Sources to choose from, and of the ranking those that are shown. */
const mostOffered = 40;
const mostShown = 12;

interface Source extends vscode.QuickPickItem {
  /** Null for all of them, one after another. */
  readonly word: TokenWord | null;
}

interface How extends vscode.QuickPickItem {
  readonly doing: ContextChange['kind'];
}

export async function whatWouldChange(whence: Whence, given?: ChangeRef): Promise<void> {
  const subject = await subjectOf(whence, given);
  if (given?.change === 'rank') return rank(whence, subject);
  const change = given?.change ?? (await chosenChange(whence, subject, given?.word));
  if (change === 'rank') return rank(whence, subject);
  if (change) await run(whence, subject, change);
}

async function run(whence: Whence, subject: Subject, change: ContextChange): Promise<void> {
  const { record, index } = subject;
  await ask(whence, subject, 'running the model on the changed text', async (token) => {
    const params = { ids: record.tokens.map(({ id }) => id), position: index, change };
    const result = await whence.engine.request('whatIf', params, { token });
    return { kind: 'changed', what: inWords(subject, change), result };
  });
}

async function rank(whence: Whence, subject: Subject): Promise<void> {
  const { record, index, lineOf } = subject;
  const words = tokenWords(record.tokens, index);
  await ask(whence, subject, 'leaving out one source after another', async (token, say) => {
    const params = {
      ids: record.tokens.map(({ id }) => id),
      position: index,
      groups: words.map(({ indices }) => indices),
    };
    const ranking = await whence.engine.request('whatIf/rank', params, {
      token,
      onNotification: ({ name, params: said }) => {
        if (name === 'progress') say(`${said.message} (${showShare(said.fraction ?? 0)})…`);
      },
    });
    const texts = new Map(words.map(({ indices, text }) => [indices[0]!, text]));
    return {
      kind: 'ranked',
      target: ranking.target,
      words: ranking.sources.slice(0, mostShown).map((source) => ({
        ...source,
        text: texts.get(source.indices[0]!) ?? '',
        line: lineOf(source.indices[0]!),
      })),
      tried: words.length,
    };
  });
}

/** Asks which source, and what to do with it; null when dismissed. */
async function chosenChange(
  whence: Whence,
  subject: Subject,
  first: number | undefined,
): Promise<ContextChange | 'rank' | null> {
  const { record, index } = subject;
  const words = tokenWords(record.tokens, index);
  let word = first === undefined ? null : (words.find(({ indices }) => indices.includes(first)) ?? null);
  if (!word) {
    const title = `What would change ${nameToken(record.tokens[index]!.text)}? Pick a source`;
    const picked = await vscode.window.showQuickPick(sourceItems(whence, subject, words), {
      title,
      placeHolder: 'The text is changed in memory only; your file stays as it is',
      matchOnDescription: true,
    });
    if (!picked) return null;
    if (!picked.word) return 'rank';
    word = picked.word;
  }
  return chosenHow(subject, word);
}

/** The words above the token, those that the explanation names first. */
async function sourceItems(
  whence: Whence,
  subject: Subject,
  words: readonly TokenWord[],
): Promise<readonly Source[]> {
  const source = new vscode.CancellationTokenSource();
  const explanation = await explanationOf(whence, subject, source.token);
  const ranked = words
    .map((word) => ({ word, score: scoreOf(word, explanation) }))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, mostOffered);
  const all = words.reduce((sum, word) => sum + Math.abs(scoreOf(word, explanation)), 0);
  return [
    {
      label: '$(list-ordered) Which one changes it most?',
      description: `leaves out each of ${words.length}, one after another`,
      word: null,
    },
    ...ranked.map(({ word, score }) => ({
      label: word.text,
      description: `line ${subject.lineOf(word.indices[0]!) + 1}`,
      detail: `${showShare(all > 0 ? Math.abs(score) / all : 0)} of all pushes, ${score < 0 ? 'against it' : 'for it'}`,
      word,
    })),
  ];
}

function scoreOf({ indices }: TokenWord, { sources }: Explanation): number {
  return indices.reduce((sum, index) => sum + (sources[index]?.score ?? 0), 0);
}

async function chosenHow({ record }: Subject, word: TokenWord): Promise<ContextChange | null> {
  const name = nameToken(word.text);
  const count = placesOf(word.text, record.text).length;
  const places = count > 1 ? `at all ${count} places` : 'where it stands';
  const rename: How = {
    label: '$(edit) Rename it…',
    description: `writes another name ${places}`,
    doing: 'rename',
  };
  const items: How[] = [
    { label: '$(trash) Delete it', description: 'takes it out of the text', doing: 'delete' },
    ...(isName(word.text) ? [rename] : []),
    { label: '$(eye-closed) Mask it', description: 'its place stays, its meaning goes', doing: 'mask' },
  ];
  const how = await vscode.window.showQuickPick(items, { title: `What to do with ${name}?` });
  if (!how) return null;
  if (how.doing !== 'rename') return { kind: how.doing, indices: word.indices };
  const to = await vscode.window.showInputBox({
    title: `Another name for ${name}`,
    value: word.text,
    validateInput: (value) =>
      value.trim() === '' || value === word.text ? 'Type a name that differs.' : undefined,
  });
  return to ? { kind: 'rename', from: word.text, to } : null;
}

/** `Without ‘total’ on line 4`. */
function inWords({ record, lineOf }: Subject, change: ContextChange): readonly AnswerPart[] {
  if (change.kind === 'rename') {
    return [words('With '), code(change.from), words(' renamed to '), code(change.to)];
  }
  const first = change.indices[0]!;
  const text = change.indices.map((index) => record.tokens[index]!.text).join('');
  return [
    words(change.kind === 'delete' ? 'Without ' : 'With its meaning taken from '),
    code(text.trim() || text),
    words(' on '),
    place(first, lineOf),
  ];
}
