// Whence: Make Steering Vector…. People write two sets of examples into a document, and run the command there once more:
// the vector is saved by name, and completions can be steered with it at once.

import * as vscode from 'vscode';
import { showCount } from '../../core/display';
import { WhenceError } from '../../core/errors';
import { mostExamples } from '../../core/steering';
import { type Examples, exampleSheet, readExampleSheet } from '../../core/steeringExamples';
import { languageOf, linesOf } from '../documents';
import type { Whence } from '../whence';
import { chooseStrength } from './steer';

export async function makeSteering(whence: Whence): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const examples = document ? readExampleSheet(linesOf(document).text) : null;
  if (!document || !examples) {
    await openSheet(document?.languageId ?? 'python');
    return;
  }
  requireExamples(examples);
  const name = await askName(whence);
  if (name === undefined) return;
  const { layers, id } = await whence.work.run('loading the model', (token) => whence.engine.load(token));
  const layer = await askLayer(layers, id);
  if (layer === undefined) return;
  const params = { ...examples, name, layer, language: languageOf(document), at: 'last' } as const;
  const vector = await whence.work.run('reading the examples', (token) =>
    whence.engine.request('steer/make', params, { token }),
  );
  if (Math.hypot(...vector.values) === 0) throw alike();
  await whence.vectors.save(vector);
  await chooseStrength(whence, vector, `“${name}” is saved. How strongly should it steer what is written?`);
}

async function openSheet(language: string): Promise<void> {
  const content = exampleSheet(language);
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
}

function requireExamples({ toward, away }: Examples): void {
  for (const [side, list] of [
    ['Toward', toward],
    ['Away', away],
  ] as const) {
    if (list.length > 0 && list.length <= mostExamples) continue;
    throw new WhenceError(
      'bad-input',
      `Under “=== ${side}” there are ${showCount(list.length, 'example')}: write 1 to ${mostExamples}, with a line --- between each two.`,
    );
  }
}

function alike(): WhenceError {
  return new WhenceError(
    'bad-input',
    'Both sets of examples look the same to the model there, so there is no direction between them. Let them end differently.',
  );
}

async function askName(whence: Whence): Promise<string | undefined> {
  const taken = new Set((await whence.vectors.all()).map(({ name }) => name));
  const name = await vscode.window.showInputBox({
    title: 'What should the steering vector be called?',
    prompt: 'Say what it goes towards, as: prefers None',
    validateInput: (typed) => {
      if (!taken.has(typed.trim())) return null;
      const { Warning } = vscode.InputBoxValidationSeverity;
      return { message: 'There is one of that name: it will be replaced.', severity: Warning };
    },
  });
  return name?.trim() || undefined;
}

interface LayerItem extends vscode.QuickPickItem {
  readonly layer: number;
}

/** The middle comes first: early layers hold words, the last ones the next token. */
async function askLayer(layers: number, model: string): Promise<number | undefined> {
  const middle = Math.floor(layers / 2);
  const others = Array.from({ length: layers }, (_, layer) => layer).filter((layer) => layer !== middle);
  const items = [middle, ...others].map(
    (layer): LayerItem => ({
      label: `After layer ${layer}`,
      description: layer === middle ? 'the middle, a good first choice' : '',
      layer,
    }),
  );
  const title = `Where in ${model} are the examples read, and completions steered?`;
  return (await vscode.window.showQuickPick(items, { title }))?.layer;
}
