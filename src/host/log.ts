import * as vscode from 'vscode';
import { asWhenceError } from '../core/errors';
import { runCommand } from './contributions';

/** Says in a message what went wrong with something that the user asked for; withdrawn questions say nothing. */
export function reportTo(log: vscode.LogOutputChannel): (thrown: unknown) => void {
  return (thrown) => {
    const error = asWhenceError(thrown);
    if (error.code === 'cancelled') return;
    log.error(error.cause instanceof Error ? error.cause : error);
    void vscode.window.showErrorMessage(error.message, 'Show Log').then((choice) => {
      if (choice === 'Show Log') void runCommand('whence.showLog');
    });
  };
}
