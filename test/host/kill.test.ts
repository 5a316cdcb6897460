import { equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { cart, placeCursor, Session } from './session';

const kills = 50;

/** Milliseconds: about as long as a completion takes. */
const longest = 150;

/** Told once the engine has crashed too often in a short time; a person then restarts it. */
const stopped = /Restart Engine|engine.*stopped/i;

describe('an engine that is killed again and again', function () {
  this.timeout(240_000);
  let session: Session;
  before(() => {
    session = new Session().start((world) => world.settings.set('whence.maxTokens', 48));
  });
  after(() => session.end());

  const pids = () =>
    [...session.world.log.join('\n').matchAll(/as process (\d+)/g)].map((found) => Number(found[1]));
  const records = async () => (await session.tree()).split('\n').filter((line) => line !== '').length;
  const runs = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it(`${kills} times, at moments of real work, loses no record, leaves no process, and answers the next question`, async () => {
    const editor = session.open('cart.py', cart);
    let random = 12_345;
    let killed = 0;
    let made = 0;
    for (let round = 0; killed < kills; round++) {
      ok(round < 4 * kills, 'the engine is at work when it is killed');
      session.world.messages.length = 0;
      placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
      const before = editor.document.getText();
      const work = session.world.run(round % 3 === 2 ? 'whence.explainToken' : 'whence.completeHere');
      let working = true;
      void work.finally(() => {
        working = false;
      });
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      await sleep((random / 2 ** 31) * longest);
      const pid = pids().at(-1);
      if (working && pid !== undefined && runs(pid)) {
        process.kill(pid, 'SIGKILL');
        killed++;
      }
      await work;
      if (session.world.messages.some((message) => stopped.test(message))) {
        await session.world.run('whence.restartEngine');
      } else if (editor.document.getText() !== before) {
        made++;
        editor.document.undo();
      }
      ok((await records()) >= made, `${await records()} records after ${made} completions`);
    }
    session.world.messages.length = 0;
    await session.world.run('whence.restartEngine');
    placeCursor(editor, editor.document.positionAt(editor.document.getText().length));
    await session.world.run('whence.completeHere');
    equal(session.world.messages.join('\n'), '');
    const kept = await session.tree();
    match(kept, /cart\.py/);
    const engines = pids();
    ok(engines.length > kills, 'every killed engine was a new one');

    await session.reload();
    equal((await session.tree()).split('\n').length, kept.split('\n').length, 'all records are on disk');
    await session.stop();
    await sleep(200);
    equal(engines.filter(runs).join(), '', 'no engine is left');
    session.start();
  });
});
