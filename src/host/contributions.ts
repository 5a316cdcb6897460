import * as vscode from 'vscode';
import type { CommandId, Commands, ContextKeys, Settings } from './manifest';

/** Registers a command of package.json. What it throws is shown to the person who asked, and only to them. */
export function registerCommand<K extends CommandId>(
  id: K,
  handler: (...args: Commands[K]) => unknown,
  report: (thrown: unknown) => void,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      await handler(...(args.filter(isOurs) as Commands[K]));
    } catch (thrown) {
      report(thrown);
    }
  });
}

/**
 * Menus hand over what they were opened on, such as the editor's file; references to records, names, and what the Test
 * Explorer shows are ours.
 */
function isOurs(argument: unknown): boolean {
  if (typeof argument === 'string') return true;
  if (typeof argument !== 'object' || argument === null) return false;
  return ['record', 'circuit', 'test', 'canResolveChildren'].some((property) => property in argument);
}

export async function runCommand<K extends CommandId>(id: K, ...args: Commands[K]): Promise<void> {
  await vscode.commands.executeCommand(id, ...args);
}

/** A link for trusted markdown, which has to name the command in `enabledCommands` as well. */
export function commandLink<K extends CommandId>(id: K, ...args: Commands[K]): string {
  return args.length === 0 ? `command:${id}` : `command:${id}?${encodeURIComponent(JSON.stringify(args))}`;
}

export function setContext<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void vscode.commands.executeCommand('setContext', key, value);
}

/** The value of a setting; VS Code fills in the default of package.json. */
export function setting<K extends keyof Settings>(key: K): Settings[K] {
  return vscode.workspace.getConfiguration().get(key) as Settings[K];
}
