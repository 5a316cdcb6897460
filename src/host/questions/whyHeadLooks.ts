// Whence: Why Does This Head Look Here? What made a head of the current token look at one place: what it looked for, and
// what it found there.

import * as vscode from 'vscode';
import { nameToken, showShare } from '../../core/display';
import { headName } from '../../core/model';
import { roleName, rolesOf } from '../../core/parts';
import type { LookRef } from '../manifest';
import type { Whence } from '../whence';
import { ask, explanationOf, type Subject, subjectOf } from './asking';

/** Heads that are offered, and places of each. */
const mostHeads = 6;
const mostPlaces = 3;

type Look = Required<LookRef>['look'];

interface Item extends vscode.QuickPickItem {
  readonly look: Look;
}

export async function whyHeadLooks(whence: Whence, given?: LookRef): Promise<void> {
  const subject = await subjectOf(whence, given);
  const look = given?.look ?? (await chosenLook(whence, subject));
  if (!look) return;
  const { record, index } = subject;
  const name = headName(look.layer, look.head);
  await ask(whence, subject, `finding out why ${name} looks there`, async (token) => {
    const query = index - 1;
    const params = { ids: record.tokens.map(({ id }) => id), query, ...look, key: look.key ?? query };
    const result = await whence.engine.request('headScore', params, { token });
    const most = result.looked[0]!.index;
    if (look.key !== null || most === query) return { kind: 'looked', result };
    const there = await whence.engine.request('headScore', { ...params, key: most }, { token });
    return { kind: 'looked', result: there };
  });
}

async function chosenLook(whence: Whence, subject: Subject): Promise<Look | null> {
  const picked = await vscode.window.showQuickPick(itemsOf(whence, subject), {
    title: 'Why does this head look here? Pick a head and a place it looks at',
    matchOnDescription: true,
  });
  return picked?.look ?? null;
}

async function itemsOf(whence: Whence, subject: Subject): Promise<readonly Item[]> {
  const source = new vscode.CancellationTokenSource();
  const { heads } = await explanationOf(whence, subject, source.token);
  const scores = whence.explainer.headScores(subject.record);
  return heads.slice(0, mostHeads).flatMap(({ layer, head, attention }) => {
    const role = rolesOf(scores, layer, head)[0];
    return attention.slice(0, mostPlaces).map(({ index, weight }) => ({
      label: `${headName(layer, head)} → ${nameToken(subject.record.tokens[index]!.text)}`,
      description: `line ${subject.lineOf(index) + 1} · ${showShare(weight)} of its attention${role ? ` · ${roleName[role]} head` : ''}`,
      look: { layer, head, key: index },
    }));
  });
}
