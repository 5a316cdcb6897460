import assert from 'node:assert/strict';
import { commands, languages, type TextEdit, WorkspaceEdit, workspace } from 'vscode';
import { eventually } from './support/eventually';

describe('a circuit file', () => {
  it('has a language, mistakes told in a sentence, and a format', async () => {
    const content = 'circuit   "Twice"\nprompt "a b a"\nanswer " b"\nexpect rank at mots 3\n';
    const document = await workspace.openTextDocument({ language: 'circuit', content });
    await eventually(() => {
      const faults = languages.getDiagnostics(document.uri);
      assert.deepEqual(
        faults.map(({ range }) => range.start.line),
        [3],
      );
    });
    const edits = await commands.executeCommand<TextEdit[]>(
      'vscode.executeFormatDocumentProvider',
      document.uri,
      { tabSize: 2, insertSpaces: true },
    );
    const change = new WorkspaceEdit();
    change.set(document.uri, edits);
    assert.ok(await workspace.applyEdit(change));
    assert.equal(document.getText(), content.replace('   ', ' '));
  });
});
