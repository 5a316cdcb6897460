// Activates the built extension once in a fresh process, as the extension host does, and tells its parent what it cost.
import { mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from '../../test/host/vscode';

/** What one activation cost, in milliseconds. */
export interface Activation {
  /** Reading and running the extension's code. */
  readonly code: number;
  /** Its `activate`. */
  readonly activate: number;
  /** Processes that it started, a moment later. */
  readonly processes: number;
}

/** Long enough for whatever activation might have put off. */
const afterwards = 300;

type Load = (request: string, ...rest: unknown[]) => unknown;

/** The extension host answers `require('vscode')` in the same way. */
function answerRequireOfVscode(): void {
  const loader = Module as unknown as { _load: Load };
  const load = loader._load;
  loader._load = (request, ...rest) => (request === 'vscode' ? vscode : load.call(loader, request, ...rest));
}

async function activateOnce(): Promise<Activation> {
  answerRequireOfVscode();
  const storage = mkdtempSync(join(tmpdir(), 'whence-activation-'));
  const state = new Map<string, unknown>();
  const context = {
    subscriptions: [] as { dispose(): unknown }[],
    extensionUri: vscode.Uri.file(process.cwd()),
    storageUri: vscode.Uri.file(join(storage, 'workspace')),
    globalStorageUri: vscode.Uri.file(join(storage, 'global')),
    workspaceState: {
      get: (key: string) => state.get(key),
      update: async (key: string, value: unknown) => void state.set(key, value),
    },
    extension: { extensionKind: 1, packageJSON: require(resolve('package.json')) },
  };
  const start = performance.now();
  const extension = require(resolve('dist/extension.js')) as { activate(context: unknown): unknown };
  const loaded = performance.now();
  await extension.activate(context);
  const active = performance.now();
  await new Promise((done) => setTimeout(done, afterwards));
  const processes = process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
  for (const part of context.subscriptions) part.dispose();
  rmSync(storage, { recursive: true, force: true });
  return { code: loaded - start, activate: active - loaded, processes };
}

void activateOnce().then((activation) => {
  process.send?.(activation);
  process.disconnect?.();
});
