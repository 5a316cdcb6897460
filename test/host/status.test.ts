import { match } from 'node:assert/strict';
import type { ModelInfo } from '../../src/core/model';
import { Status } from '../../src/host/status';
import { newWorld } from './vscode';

const nothing = { dispose: () => undefined };
const idle = { title: null, onDidChange: () => nothing };

describe('The status item', () => {
  it('says of a model that does not fit into memory why it is slow', () => {
    const world = newWorld();
    const warning = 'big takes 9 GB of memory and 2 GB are free: it runs block by block.';
    const model = { id: 'big', parameters: 2e9, layers: 24, contextLength: 2048, warning } as ModelInfo;
    const engine = {
      state: { phase: 'ready', model, pid: process.pid },
      onDidChangeState: () => nothing,
    };
    const status = new Status(engine as never, idle as never, idle as never, 'on this computer');
    match(
      world.status?.tooltip?.value ?? '',
      /\*\*Slow here:\*\* big takes 9 GB of memory and 2 GB are free/,
    );
    status.dispose();
  });
});
