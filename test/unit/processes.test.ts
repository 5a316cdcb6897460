import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesWith, processGroup } from '../../dev/vscode/processes';

const marker = 'WHENCE_TEST_GROUP';

/** A process that refuses SIGTERM and has a child of its own. */
const stubborn = `process.on('SIGTERM', () => {});
  require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  setInterval(() => {}, 1000);`;

/** Makes a group of it, and waits to be killed. */
const starter = `const { processGroup } = require('./out/dev/vscode/processes.js');
  const env = { ...process.env, ${marker}: process.argv[1] };
  processGroup(require('node:child_process').spawn(process.execPath, ['-e', process.argv[2]], { detached: true, env }));
  setInterval(() => {}, 1000);`;

async function count(mark: string, wanted: number): Promise<number> {
  let found = -1;
  for (let attempt = 0; attempt < 100 && found !== wanted; attempt++) {
    await sleep(50);
    found = processesWith(marker, mark).length;
  }
  return found;
}

describe('a process group', () => {
  before(function () {
    if (process.platform === 'linux') return;
    console.log(
      '    skipped: the groups of processes are those of the VS Code server, which runs on Linux only',
    );
    this.skip();
  });

  it('ends with its descendants, even those that refuse', async () => {
    const mark = `end-${process.pid}`;
    const env = { ...process.env, [marker]: mark };
    const group = processGroup(spawn(process.execPath, ['-e', stubborn], { detached: true, env }));
    assert.equal(await count(mark, 2), 2);
    await group.end(200);
    assert.equal(await count(mark, 0), 0);
  });

  it('does not outlive a starter that is killed', async () => {
    const mark = `kill-${process.pid}`;
    const parent = spawn(process.execPath, ['-e', starter, mark, stubborn], { stdio: 'ignore' });
    assert.equal(await count(mark, 2), 2);
    parent.kill('SIGKILL');
    assert.equal(await count(mark, 0), 0);
  });
});
