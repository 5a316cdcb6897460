import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { circuitTracerFile } from '../unit/support/graphFiles';
import type { FakePanel } from './fake/panel';
import { cart, eventually, placeCursor, Session } from './session';
import { CancellationTokenSource, TestRunRequest, Uri } from './vscode';

describe('a window with several folders', function () {
  this.timeout(60_000);
  let folder: string;
  let session: Session;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whence-folders-'));
    for (const name of ['first', 'second']) mkdirSync(join(folder, name, 'm'), { recursive: true });
    session = new Session().start((world) => {
      world.folders = ['first', 'second'].map((name) => ({ name, uri: Uri.file(join(folder, name)) }));
    });
  });
  afterEach(async () => {
    await session.end();
    rmSync(folder, { recursive: true });
  });

  const place = (name: string) => Uri.file(join(folder, name));
  const complete = async () => {
    const editor = session.world.open('cart.py', cart, 'python', place('second/cart.py'));
    placeCursor(editor, editor.document.positionAt(cart.length));
    await session.world.run('whence.completeHere');
    deepEqual(session.world.messages, []);
  };

  it('saves a circuit test in the folder of the code', async () => {
    await complete();
    await session.world.run('whence.explainToken');
    session.world.pick = (items) => items.find(({ label }) => label.includes('Save it in the workspace'));
    await session.world.run('whence.saveCircuitTest');
    const [saved] = [...session.world.files.keys()];
    match(saved!, /\/second\/circuits\/\w+\.circuit$/);
  });

  it('offers to save a circuit in the folder of its code, or of its file', async () => {
    const { world } = session;
    await complete();
    await world.run('whence.showCircuit');
    const [panel] = world.panels as FakePanel[];
    await eventually(() => (world.context.get('whence.hasCircuit') ? true : null));
    await world.run('whence.exportGraph');
    match(String(world.offered), /\/second\/[^/]+\.json$/);
    world.offered = undefined;
    panel!.webview.says({ type: 'export', format: 'svg', how: 'save', name: 'picture', content: '<svg/>' });
    await eventually(() => world.offered ?? null);
    match(String(world.offered), /\/second\/picture\.svg$/);

    const graph = place('second/foreign.json').toString();
    world.files.set(graph, JSON.stringify(circuitTracerFile));
    await world.run('whence.openGraph', graph);
    await world.run('whence.exportGraph');
    match(String(world.offered), /\/second\/[^/]+\.json$/);
    await world.run('whence.openGraph');
    equal(String(world.offered), place('second').toString());
  });

  it('finds the model that a circuit file names in the folder of the file first', async () => {
    rmSync(join(folder, 'second', 'm'), { recursive: true });
    symlinkSync(resolve('models/whence-code'), join(folder, 'second', 'm'));
    const text = 'circuit "x"\nmodel "m"\nprompt "x = "\nanswer "1"\nexpect rank at least 1\n';
    session.world.open('', text, 'circuit', place('second/a.circuit'));
    const [controller] = session.world.testing;
    await controller!.run(new TestRunRequest(), new CancellationTokenSource().token);
    deepEqual([...controller!.runs[0]!.states.values()], ['passed']);
  });
});
