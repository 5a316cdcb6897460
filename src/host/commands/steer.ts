// Whence: Steer Completions… and Whence: Stop Steering. One of the saved vectors is added to the model whenever it writes.

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { WhenceError } from '../../core/errors';
import { parseSteering, type SteeringVector, steeringLimits } from '../../core/steering';
import { shareOfStream, showStrength, strengthOfShare } from '../../core/steeringWords';
import { runCommand } from '../contributions';
import type { Whence } from '../whence';

interface Choice extends vscode.QuickPickItem {
  readonly choose: () => unknown;
}

export async function steer(whence: Whence): Promise<void> {
  const { vectors, steering } = whence;
  await steering.loaded;
  const saved = await vectors.all();
  const on = steering.current;
  const items: readonly Choice[] = [
    ...(on ? [{ label: '$(circle-slash) Stop steering', choose: () => steering.set(null) }] : []),
    ...saved.map((vector) => itemOf(vector, () => chooseStrength(whence, vector))),
    {
      label: '$(add) Make a vector from examples…',
      description: 'what to go towards, and what to leave',
      choose: () => runCommand('whence.makeSteering'),
    },
    {
      label: '$(folder-opened) Take one from a file…',
      description: 'as whence steer writes them',
      choose: () => takeFile(whence),
    },
    ...(saved.length > 0
      ? [{ label: '$(trash) Delete a vector…', choose: () => deleteOne(whence, saved) }]
      : []),
  ];
  const title = on
    ? `Completions are steered with “${on.vector.name}” ${showStrength(on.strength)}`
    : 'What should completions be steered with?';
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  await picked?.choose();
}

function itemOf(vector: SteeringVector, choose: () => unknown): Choice {
  const { name, layer, model, toward, away } = vector;
  return {
    label: `$(compass) ${name}`,
    description: `after layer ${layer} of ${model.id} · from ${toward} and ${away} examples`,
    choose,
  };
}

interface StrengthItem extends vscode.QuickPickItem {
  /** Null to type one. */
  readonly strength: number | null;
}

/** What is offered, as shares of the stream's length: what a vector's own length is differs from one to the next. */
const offers = [
  ['Clearly', 0.35],
  ['A little', 0.2],
  ['Strongly', 0.5],
  ['Away from it', -0.35],
] as const;
/** More than this is only noise, whatever the vector. */
const strongest = 1000;

/** Asks how strongly, and steers. */
export async function chooseStrength(
  { steering }: Whence,
  vector: SteeringVector,
  title = `How strongly should “${vector.name}” steer what is written?`,
): Promise<void> {
  const items = offers.map(([label, share]): StrengthItem => {
    const strength = strengthOfShare(vector, share);
    return {
      label,
      description: `${showStrength(strength)}, ${shareOfStream(vector, strength)}`,
      strength,
    };
  });
  const other: StrengthItem = { label: 'Another strength…', strength: null };
  const placeHolder =
    'The longer the vector against the stream it is added to, the sooner the text falls apart';
  const picked = await vscode.window.showQuickPick([...items, other], { title, placeHolder });
  if (!picked) return;
  const strength = picked.strength ?? (await askStrength());
  if (strength !== null) steering.set({ vector, strength });
}

async function askStrength(): Promise<number | null> {
  const typed = await vscode.window.showInputBox({
    title: 'How many times should the vector be added?',
    prompt: 'A number; below 0 it leads away',
    validateInput: (text) =>
      numberIn(text) === null ? `Type a number from −${strongest} to ${strongest}.` : null,
  });
  return typed === undefined ? null : numberIn(typed);
}

function numberIn(text: string): number | null {
  const number = Number(text.trim().replace('−', '-').replace(/[×x]$/, ''));
  return text.trim() !== '' && Math.abs(number) <= strongest ? number : null;
}

async function takeFile(whence: Whence): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    filters: { 'Steering vector': ['json'] },
    openLabel: 'Take This Vector',
  });
  const uri = chosen?.[0];
  if (!uri) return;
  const name = basename(uri.path);
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > steeringLimits.characters) {
    throw new WhenceError(
      'bad-input',
      `${name} is too large to be a steering vector. Make one with whence steer.`,
    );
  }
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  const vector = parseSteering(text, name);
  await whence.vectors.save(vector);
  await chooseStrength(whence, vector);
}

async function deleteOne({ vectors, steering }: Whence, saved: readonly SteeringVector[]): Promise<void> {
  const items = saved.map((vector) => itemOf(vector, () => vectors.delete(vector.name)));
  const picked = await vscode.window.showQuickPick(items, { title: 'Which vector should be deleted?' });
  if (!picked) return;
  const { name } = saved[items.indexOf(picked)]!;
  if (steering.current?.vector.name === name) steering.set(null);
  await picked.choose();
}
