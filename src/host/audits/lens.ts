// Above the name of an audit file's audit: what runs it.

import * as vscode from 'vscode';
import { lex } from '../../core/circuitFile/lexer';
import type { CommandId } from '../manifest';

const command: CommandId = 'whence.runAudit';

export class AuditLens implements vscode.CodeLensProvider {
  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const named = lex(document.getText()).lexemes.find(
      ({ kind, value }) => kind === 'word' && value === 'audit',
    );
    if (!named) return [];
    const at = document.positionAt(named.start);
    const run = { title: '$(play) Run This Audit', command, arguments: [document.uri.toString()] };
    return [new vscode.CodeLens(new vscode.Range(at, at), run)];
  }
}
