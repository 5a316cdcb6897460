import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cart, eventually, Session } from './session';
import { Uri } from './vscode';

describe('Index This Model', function () {
  this.timeout(120_000);
  let session: Session;
  let offered: readonly string[] = [];

  beforeEach(() => {
    session = new Session().start();
    const folder = join(session.storage, 'shop');
    mkdirSync(folder);
    for (let file = 0; file < 10; file++) {
      const text = Array.from(
        { length: 60 },
        (_, at) => `def f${file}${at}(self, x):\n    return self.a${at}[x]\n\n`,
      );
      writeFileSync(join(folder, `${file}.py`), text.join(''));
    }
    session.world.folders = [{ name: 'shop', uri: Uri.file(folder) }];
  });
  afterEach(() => session.end());

  const status = () => session.world.status?.text ?? '';
  const choose = (wanted: RegExp) => {
    session.world.pick = (items) => {
      offered = items.map(({ label, description }) => `${label}: ${description}`);
      return items.find(({ label }) => wanted.test(label));
    };
  };
  const begin = async (wanted: RegExp) => {
    choose(wanted);
    void session.world.run('whence.indexModel');
    await eventually(() => (/indexing [1-9]\d?%/.test(status()) ? true : null), 60_000);
    equal(session.world.context.get('whence.indexing'), true);
  };

  it('reads the workspace, shows how far it is, lets everything else go on, and is paused and resumed', async () => {
    const editor = session.open('cart.py', cart);
    await begin(/this workspace/);
    match(session.world.status?.tooltip?.value ?? '', /Pause indexing\]\(command:whence\.pauseIndexing\)/);
    await session.world.run('whence.completeHere');
    ok(editor.document.getText().length > cart.length, 'the model writes meanwhile');
    await session.world.run('whence.pauseIndexing');
    equal(session.world.context.get('whence.indexing'), false);
    await eventually(() => (status() === '◉ Whence' ? true : null));

    choose(/Go on/);
    await session.world.run('whence.indexModel');
    match(offered[0]!, /^\$\(debug-continue\) Go on: shop: \d+ of \d+ texts are read$/);
    equal(session.world.statusMessage, 'Whence: the index of the model’s parts is ready');
    choose(/nothing/);
    await session.world.run('whence.indexModel');
    ok(!offered.some((label) => label.includes('Go on')));
    deepEqual(session.world.messages, []);
  });

  it('cancelled it leaves nothing to go on with', async () => {
    await begin(/sample that comes/);
    await session.world.run('whence.cancelIndexing');
    choose(/nothing/);
    await session.world.run('whence.indexModel');
    deepEqual(
      offered.map((label) => label.split(':')[0]),
      [
        'The sample that comes with Whence',
        'The code of this workspace',
        '$(folder-opened) Choose a folder…',
      ],
    );
    deepEqual(session.world.messages, []);
  });
});
