// How the current token is explained: by which method, and how finely its sources are told apart.

import * as vscode from 'vscode';
import { nameToken } from '../../core/display';
import { WhenceError } from '../../core/errors';
import { defaultMethod, type Method, methods } from '../../core/explanation';
import { type Granularity, granularities } from '../../core/granularity';
import { granularityWords, methodWords } from '../../core/methodWords';
import { readsAhead } from '../../core/text';
import { placesOf, replaced } from '../../core/whatIf';
import { isName, tokenWords } from '../../core/words';
import type { GranularityRef, MethodRef } from '../manifest';
import type { Whence } from '../whence';
import { type Subject, subjectOf } from './asking';

/** Whence: Choose How Sources Are Computed. */
export async function chooseMethod(whence: Whence, given?: MethodRef): Promise<void> {
  const method = given?.method ?? (await pickedMethod(whence.current.how.method));
  if (!method) return;
  if (method !== 'attribution-patching') whence.current.setHow({ method });
  else {
    const subject = await subjectOf(whence, given);
    const counterfactual = await otherText(whence, subject);
    if (counterfactual) whence.current.setHow({ method, counterfactual });
  }
  await whence.explanation.show();
}

/** Whence: Choose How Finely Sources Are Told Apart. */
export async function chooseGranularity(whence: Whence, given?: GranularityRef): Promise<void> {
  const items = granularities.map((granularity) => ({
    label: granularityWords[granularity],
    description: granularity === whence.current.granularity ? 'chosen' : undefined,
    granularity,
  }));
  const title = 'Tell sources apart by';
  const granularity: Granularity | undefined =
    given?.granularity ?? (await vscode.window.showQuickPick(items, { title }))?.granularity;
  if (!granularity) return;
  whence.current.granularity = granularity;
  await whence.explanation.show();
}

async function pickedMethod(now: Method): Promise<Method | null> {
  const items = methods.map((method) => {
    const { name, good, cost } = methodWords[method];
    const about = [method === defaultMethod ? 'default' : '', method === now ? 'chosen' : '', cost];
    return { label: name, description: about.filter(Boolean).join(' · '), detail: good, method };
  });
  const title = 'How are sources computed?';
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.method ?? null;
}

/**
 * The ids of the same text with another name in it, which attribution patching compares with; null when dismissed. It
 * must have as many tokens.
 */
async function otherText(whence: Whence, { record, index }: Subject): Promise<readonly number[] | null> {
  if (readsAhead(record.tokens, index)) {
    throw new WhenceError(
      'bad-input',
      'The model filled in a gap here, which no text of as many tokens can be put beside yet: choose another method.',
    );
  }
  const names = [...new Set(tokenWords(record.tokens, index).map(({ text }) => text))].filter(isName);
  const from = await vscode.window.showQuickPick(names, {
    title: 'Compare with the same text in which another name stands in place of…',
  });
  if (!from) return null;
  const to = await vscode.window.showInputBox({
    title: `A name in place of ${nameToken(from)}, of as many tokens`,
    value: from,
    validateInput: (value) =>
      value.trim() === '' || value === from ? 'Type a name that differs.' : undefined,
  });
  if (!to) return null;
  const context = record.text.slice(0, record.tokens[index]!.start);
  const text = replaced(context, placesOf(from, context), to);
  const language = record.language === 'plaintext' ? null : record.language;
  const range = { start: text.length - 1, end: text.length };
  const { prompt, scored } = await whence.work.run('reading', (token) =>
    whence.engine.request('score', { text, language, range }, { token }),
  );
  const ids = [...prompt, ...scored].map(({ id }) => id);
  if (ids.length === index) return ids;
  throw new WhenceError(
    'bad-input',
    `With ${nameToken(to)} the text has ${ids.length} tokens and not ${index}: choose a name of as many tokens as ${nameToken(from)}.`,
  );
}
