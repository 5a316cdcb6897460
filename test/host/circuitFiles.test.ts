import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TextEditor } from './fake/editor';
import { eventually, Session } from './session';

const whole = readFileSync('circuits/induction.circuit', 'utf8');

describe('a circuit file in the editor', () => {
  let session: Session;
  beforeEach(() => {
    session = new Session().start();
  });
  afterEach(() => session.end());

  const faults = ({ document }: TextEditor) =>
    session.world.faults
      .get(document.uri.toString())
      ?.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
  const replaceAll = ({ document }: TextEditor, text: string) => {
    const edits = session.world.formatter!.provideDocumentFormattingEdits(document);
    const range = edits[0]?.range ?? document.lineAt(0).range;
    document.apply([{ range, text }]);
  };

  it('is told its mistakes where they stand, as it is typed', async () => {
    const editor = session.world.open('a.circuit', whole, 'circuit');
    deepEqual(faults(editor), []);
    editor.document.apply([{ range: editor.document.lineAt(0).range, text: 'circus "x"' }]);
    const told = await eventually(() => (faults(editor)?.length ? faults(editor) : null));
    match(told!.join('\n'), /^1: /);
    editor.document.undo();
    await eventually(() => (faults(editor)?.length === 0 ? true : null));
  });

  it('is left alone in another language', () => {
    equal(faults(session.world.open('a.py', 'circus "x"')), undefined);
  });

  it('is formatted, once', () => {
    const editor = session.world.open(
      'a.circuit',
      whole.replaceAll(' at least ', '   at  least '),
      'circuit',
    );
    const [edit] = session.world.formatter!.provideDocumentFormattingEdits(editor.document);
    equal(edit!.text, whole);
    replaceAll(editor, edit!.text);
    deepEqual(session.world.formatter!.provideDocumentFormattingEdits(editor.document), []);
  });
});
