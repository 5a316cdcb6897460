import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSteering } from '../../src/core/steering';
import { eventually, Session } from './session';

const code = 'def withdraw(account, amount):\n    if amount > account.balance:\n        ';

describe('Steering', function () {
  this.timeout(60_000);
  let session: Session;
  /** What is picked from each list in turn, by a part of its label. */
  let picks: string[];
  let titles: string[][];
  let written = 0;

  const prepare = () => {
    session.world.pick = (items) => {
      titles.push(items.map(({ label }) => label));
      const wanted = picks.shift();
      return items.find(({ label }) => wanted !== undefined && label.includes(wanted));
    };
    session.world.input = () => 'prefers raise';
  };
  const status = () => session.world.statusItems.get('whence.steered')!;
  const folder = () => join(session.storage, 'global', 'steering');
  const write = async () => {
    const editor = session.open(`withdraw${written++}.py`, code);
    await session.world.run('whence.completeHere');
    return { editor, text: editor.document.getText().slice(code.length) };
  };
  const make = async () => {
    session.open('some.py', '');
    await session.world.run('whence.makeSteering');
    await session.world.run('whence.makeSteering');
  };

  beforeEach(() => {
    session = new Session().start();
    picks = [];
    titles = [];
    prepare();
  });
  afterEach(() => session.end());

  it('makes a vector from a sheet of examples, keeps it by name, and steers what is written until it is stopped', async () => {
    const { text: plain } = await write();
    equal(status().shown, false);
    picks = ['After layer 1', 'Clearly'];
    await make();
    deepEqual(session.world.messages, []);
    match(session.world.active!.document.getText(), /=== Toward\n[\s\S]*=== Away\n/);
    const [file, ...others] = readdirSync(folder());
    equal(others.length, 0);
    const vector = parseSteering(readFileSync(join(folder(), file!), 'utf8'), file!);
    deepEqual(
      [vector.name, vector.layer, vector.toward, vector.away, vector.model.id],
      ['prefers raise', 1, 3, 3, 'whence-code'],
    );
    ok(status().shown);
    match(status().text, /^\$\(compass\) Steered: prefers raise [\d.]+×$/);
    match(
      status().tooltip!.value,
      /added \d+\\?(\.\d+)?× after layer 1 of whence\\?-code, 3\d% of the stream’s length there/,
    );
    equal(session.world.context.get('whence.steered'), true);

    const { editor, text: steered } = await write();
    ok(steered !== plain, steered);
    const hover = await session.fullHover(editor, editor.document.positionAt(code.length + 2));
    match(hover, /Written while steered with “prefers raise” \\\(\d+\\?\.?\d*× after layer 1\\\)/);
    match(hover, /Copied|Composed|Recalled|known/, 'and it is explained all the same');

    await session.world.run('whence.stopSteering');
    equal(status().shown, false);
    equal((await write()).text, plain);
  });

  it('is still on when the window was opened again, and turned off from the list', async () => {
    picks = ['After layer 1', 'Clearly'];
    await make();
    const { text } = await write();
    await session.reload();
    prepare();
    await eventually(() => status().shown || null);
    equal((await write()).text, text);
    picks = ['Stop steering'];
    await session.world.run('whence.steer');
    equal(status().shown, false);
    await session.reload();
    equal(status().shown, false);
  });

  it('takes any strength, and deletes what is not wanted any more', async () => {
    picks = ['After layer 2'];
    await make();
    equal(status().shown, false, 'kept, and not yet used');
    picks = ['prefers raise', 'Another strength'];
    session.world.input = () => '−0.25';
    await session.world.run('whence.steer');
    equal(status().text, '$(compass) Steered: prefers raise −0.25×');
    picks = ['Delete a vector', 'prefers raise'];
    await session.world.run('whence.steer');
    equal(status().shown, false);
    deepEqual(readdirSync(folder()), []);
    titles = [];
    await session.world.run('whence.steer');
    equal(titles[0]!.filter((label) => label.includes('prefers')).length, 0);
  });

  it('refuses with a sentence: one side only, a model that it was not made for', async () => {
    session.open('sheet.py', '=== Toward\nx = None\n=== Away\n');
    await session.world.run('whence.makeSteering');
    match(session.world.messages.join(), /Under “=== Away” there are 0 examples: write 1 to 1000/);
    session.world.messages.length = 0;
    session.open('sheet2.py', '=== Toward\nx = None\n=== Away\nx = None\n');
    picks = ['After layer 1'];
    await session.world.run('whence.makeSteering');
    match(session.world.messages.join(), /Both sets of examples look the same to the model there/);
    session.world.messages.length = 0;

    picks = ['After layer 1', 'Clearly'];
    await make();
    const [file] = readdirSync(folder());
    const other = JSON.parse(readFileSync(join(folder(), file!), 'utf8'));
    other.model = { ...other.model, id: 'other', sha256: 'f'.repeat(64) };
    session.world.files.set('file:///vectors/other.json', JSON.stringify({ ...other, name: 'of another' }));
    session.world.chosen = 'file:///vectors/other.json';
    picks = ['Take one from a file', 'Clearly'];
    await session.world.run('whence.steer');
    match(status().text, /Steered: of another [\d.]+×/);
    await write();
    match(
      session.world.messages.join(),
      /steered with “of another”, which was made for other and means nothing to this whence-code\. Turn it off/,
    );
    equal(session.world.active!.document.getText(), code);
  });
});
