import { deepEqual, equal, match } from 'node:assert/strict';
import { formatCircuit } from '../../src/core/circuitFile/format';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { cart, eventually, Session } from './session';
import { CancellationTokenSource, TestRunRequest } from './vscode';

describe('Save as Circuit Test', function () {
  this.timeout(60_000);
  let session: Session;

  beforeEach(async () => {
    session = new Session().start();
    session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    await session.world.run('whence.explainToken');
    deepEqual(session.world.messages, []);
  });
  afterEach(() => session.end());

  const choose = (label: string) => {
    session.world.pick = (items) => items.find((item) => item.label.includes(label));
  };

  it('opens a file that states what was seen, and that passes when it is run', async () => {
    choose('unsaved');
    await session.world.run('whence.saveCircuitTest');
    deepEqual(session.world.messages, []);
    const { document } = session.world.active!;
    equal(document.languageId, 'circuit');
    const text = document.getText();
    equal(formatCircuit(text), text);
    match(text, /^circuit "“[^”]+” in cart\.py, after “self\.[^”]*”"\ndescribe "(Copied|Composed|Recalled)/);
    match(text, /\nlanguage python\n\nprompt """\n {2}class Cart:\n/);
    match(text, /\nexpect rank at most 1\nexpect probability at least 0\.\d+\n/);
    deepEqual(parseCircuit(text).diagnostics, []);
    const [controller] = session.world.testing;
    await controller!.run(new TestRunRequest(), new CancellationTokenSource().token);
    const states = new Set(controller!.runs[0]!.states.values());
    deepEqual([...states], ['passed']);
  });

  it('saves it in the workspace where people chose so, beside those that are there', async () => {
    choose('Save it in the workspace');
    await session.world.run('whence.saveCircuitTest');
    await session.world.run('whence.saveCircuitTest');
    const names = [...session.world.files.keys()].map((uri) => uri.replace('file:///workspace/', ''));
    equal(names.length, 2);
    match(names[0]!, /^circuits\/\w+\.circuit$/);
    equal(names[1], names[0]!.replace('.circuit', '-2.circuit'));
  });

  it('asks about the other token where one was asked about', async () => {
    choose('unsaved');
    const ref = await eventually(() => {
      const state = session.world.view?.webview.sent.at(-1) as {
        state?: { record: { id: string }; selected: number };
      };
      return state.state ? { record: state.state.record.id, index: state.state.selected } : null;
    });
    await session.world.run('whence.saveCircuitTest', { ...ref, contrast: 'zzz' });
    deepEqual(session.world.messages, []);
    const text = session.world.active!.document.getText();
    match(text, /\ncontrast "zzz"\n/);
    match(text, /\nexpect logit difference at least /);
  });

  it('writes nothing when it is dismissed', async () => {
    session.world.pick = () => undefined;
    const before = session.world.documents.length;
    await session.world.run('whence.saveCircuitTest');
    equal(session.world.documents.length, before);
  });

  it('stands beside the circuits that come with Whence', async () => {
    choose('closing bracket');
    await session.world.run('whence.openExample');
    const { document } = session.world.active!;
    equal(document.languageId, 'circuit');
    match(document.getText(), /^circuit "A closing bracket matches the open one"/);
  });
});
