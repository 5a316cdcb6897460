import { equal, match, ok } from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { FromCircuitPanel, ToCircuitPanel } from '../../src/core/circuitPanel';
import { loadModel } from '../../src/engine/run/load';
import type { FakePanel } from './fake/panel';
import { cart, eventually, placeCursor, Session } from './session';

const embedded = 'models/whence-code';

/** The embedded model under another identity, with an index that says it is of that one. */
async function otherModel(folder: string): Promise<void> {
  cpSync(embedded, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, note: 1 }));
  const hashes: string[] = [];
  for (const path of [embedded, folder]) {
    const model = await loadModel(path, { threads: 1 });
    hashes.push(model.info.sha256);
    await model.close();
  }
  const [own, other] = hashes as [string, string];
  const place = join(folder, 'index.whix');
  const bytes = gunzipSync(readFileSync(place));
  const at = bytes.indexOf(own);
  ok(at > 0 && own !== other);
  bytes.write(other, at);
  writeFileSync(place, gzipSync(bytes));
}

describe('the circuit panel, where another model was chosen since', function () {
  this.timeout(600_000);
  const session = new Session();
  before(() => void session.start());
  after(() => session.end());

  it('gives parts no names of the other model, says which one it is of, and has them back with it', async () => {
    const other = join(session.storage, 'other');
    await otherModel(other);
    const editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    placeCursor(editor, editor.document.positionAt(cart.length));
    const traced = session.world.run('whence.showCircuit');
    const panel = await eventually(() => (session.world.panels.at(-1) as FakePanel | undefined) ?? null);
    const says = (message: FromCircuitPanel) => panel.webview.says(message);
    const sent = () => panel.webview.sent as ToCircuitPanel[];
    const names = () => {
      const known = sent().findLast((each) => each.type === 'known');
      return known?.type === 'known' ? Object.keys(known.names).length : 0;
    };
    const ask = async () => {
      const from = sent().length;
      says({ type: 'ask', part: 'L2H1', sign: null });
      const found = await eventually(
        () =>
          sent()
            .slice(from)
            .find((each) => each.type === 'evidence') ?? null,
      );
      return found.type === 'evidence' ? found : null;
    };
    says({ type: 'ready' });
    await traced;
    await eventually(() => names() > 20 || null);

    session.world.configure('whence.model', other);
    const asked = await ask();
    equal(asked!.evidence, null);
    match(asked!.problem!, /^This was recorded with the model whence-code, but other is loaded/);
    // A circuit file fetches the names of the model that is loaded, of parts that both models have.
    const from = sent().length;
    const file = session.open('a.circuit', 'expect direct effect of ', 'circuit').document;
    await eventually(async () => {
      const at = file.positionAt(file.getText().length);
      const list = await session.world.circuit.completion!.provideCompletionItems(file, at);
      return list.isIncomplete ? null : true;
    });
    await eventually(
      () =>
        sent()
          .slice(from)
          .some(({ type }) => type === 'known') || null,
    );
    equal(names(), 0);

    session.world.configure('whence.model', '');
    const again = await ask();
    ok(again!.evidence!.contexts.length > 0);
    await eventually(() => names() > 20 || null);
  });
});
