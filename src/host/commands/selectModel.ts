// Whence: Select Model. Lists the models on this machine; one that cannot be loaded says why, and is not taken.

import * as vscode from 'vscode';
import { showBytes } from '../../core/display';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { FoundModel } from '../../core/model';
import { setting } from '../contributions';
import { foundModels } from '../foundModels';
import type { Whence } from '../whence';

interface Item extends vscode.QuickPickItem {
  /** What `whence.model` becomes, or who asks for it. */
  readonly value: string | (() => Promise<string | null>);
}

const origins = {
  embedded: 'comes with Whence',
  folder: 'in a folder you named',
  huggingface: 'in the Hugging Face cache',
  ollama: 'from Ollama',
  lmstudio: 'from LM Studio',
  llamacpp: 'from llama.cpp',
  gpt4all: 'from GPT4All',
} as const satisfies Record<FoundModel['origin'], string>;

export async function selectModel(whence: Whence): Promise<void> {
  const found = whence.work.run('looking for models', (token) => foundModels(whence, token));
  const items = found.then((models) => [...models.map(itemOf), otherFolder, otherFile]);
  const picked = await vscode.window.showQuickPick(items, {
    title: 'The model that writes and explains',
    placeHolder: 'Choose a model on this machine',
    matchOnDescription: true,
  });
  if (!picked) return;
  const value = typeof picked.value === 'string' ? picked.value : await picked.value();
  if (value === null) return;
  const before = setting('whence.model');
  await setModel(value);
  try {
    await whence.work.run('loading the model', () => whence.engine.load());
  } catch (thrown) {
    await setModel(before);
    const { code, message } = asWhenceError(thrown);
    throw new WhenceError(code, `${message} The model stays what it was.`, { cause: thrown });
  }
}

async function setModel(value: string): Promise<void> {
  await vscode.workspace.getConfiguration().update('whence.model', value, vscode.ConfigurationTarget.Global);
}

const otherFolder: Item = {
  label: '$(folder-opened) Choose a folder…',
  description: 'with config.json, tokenizer.json and *.safetensors',
  value: () => choose({ canSelectFolders: true, canSelectFiles: false }),
};

const otherFile: Item = {
  label: '$(file) Choose a GGUF file…',
  description: 'of llama.cpp and the programs around it',
  value: () => choose({ canSelectFiles: true, filters: { 'GGUF models': ['gguf'] } }),
};

function itemOf(model: FoundModel): Item {
  const { id, path, origin, bytes, architecture, memoryNeeded, fits } = model;
  const memory = memoryNeeded === null ? '' : ` · takes ${showBytes(memoryNeeded)} of memory`;
  const problem = model.problem ?? (fits === false ? 'It takes more memory than is free now.' : undefined);
  return {
    label: problem === undefined ? id : `$(warning) ${id}`,
    description: `${architecture} · ${showBytes(bytes)}${memory} · ${origins[origin]}`,
    detail: problem,
    value: origin === 'embedded' ? '' : path,
  };
}

async function choose(kind: vscode.OpenDialogOptions): Promise<string | null> {
  const chosen = await vscode.window.showOpenDialog({ ...kind, openLabel: 'Use this model' });
  return chosen?.[0]?.fsPath ?? null;
}
