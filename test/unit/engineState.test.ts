import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { WhenceError } from '../../src/core/errors';
import { engineEnvironment } from '../../src/host/engine/fork';
import { Restarts, restartLimit } from '../../src/host/engine/restarts';
import { type EngineState, sameState } from '../../src/host/engine/state';

describe('the limit of restarts', () => {
  it('allows four in three minutes and refuses the fifth', () => {
    let now = 0;
    const restarts = new Restarts(restartLimit, () => now);
    const outcomes = [];
    for (let crash = 0; crash < 5; crash++) {
      outcomes.push(restarts.crashed());
      now += 44_000;
    }
    assert.deepEqual(outcomes, [true, true, true, true, false]);
  });

  it('forgets crashes that are older than three minutes', () => {
    let now = 0;
    const restarts = new Restarts(restartLimit, () => now);
    for (let crash = 0; crash < 40; crash++) {
      assert.equal(restarts.crashed(), true);
      now += 45_001;
    }
  });

  it('starts counting again when asked to', () => {
    const restarts = new Restarts({ most: 1, withinMs: 1000 }, () => 0);
    assert.equal(restarts.crashed(), true);
    assert.equal(restarts.crashed(), false);
    restarts.forget();
    assert.equal(restarts.crashed(), true);
  });
});

describe('the state of the engine', () => {
  it('is news exactly when something in it changed', () => {
    const error = new WhenceError('internal', 'broken');
    const states: EngineState[] = [
      { phase: 'stopped' },
      { phase: 'starting' },
      { phase: 'loading', path: '/model', message: null },
      { phase: 'loading', path: '/model', message: 'Reading weights' },
      { phase: 'ready', model: null, pid: 1 },
      { phase: 'ready', model: null, pid: 2 },
      { phase: 'busy', model: null, pid: 2, questions: 1 },
      { phase: 'busy', model: null, pid: 2, questions: 2 },
      { phase: 'failed', error },
      { phase: 'failed', error: new WhenceError('internal', 'broken') },
    ];
    for (const [i, a] of states.entries()) {
      for (const [j, b] of states.entries()) assert.equal(sameState(a, { ...b }), i === j, `${i} and ${j}`);
    }
  });
});

describe('docs/protocol.md', () => {
  it('names every request, notification, error code and state that there is, and no other', () => {
    const read = (path: string) => readFileSync(path, 'utf8');
    const between = (text: string, start: string, end: string) => text.split(start)[1]?.split(end)[0] ?? '';
    const all = (text: string, pattern: RegExp) => {
      const names = [...text.matchAll(pattern)].map(([, name]) => name ?? '').sort();
      assert.ok(names.length > 2, `nothing matches ${pattern}`);
      return names;
    };
    const protocol = read('src/core/protocol.ts');
    const docs = read('docs/protocol.md');
    const tables = /^\| `([\w/-]+)` \|/gm;
    const members = /^ {2}'?([\w/]+)'?:/gm;

    const requests = between(protocol, 'interface Requests {', '\n}');
    assert.deepEqual(all(between(docs, '## Requests', '##'), tables), all(requests, members));
    const notifications = between(protocol, 'interface Notifications {', '\n}');
    assert.deepEqual(all(between(docs, '## Notifications', '##'), tables), all(notifications, members));
    const codes = between(read('src/core/errors.ts'), 'type ErrorCode =', ';');
    assert.deepEqual(all(between(docs, '## Errors', '##'), tables), all(codes, /'([\w-]+)'/g));
    for (const phase of all(read('src/host/engine/state.ts'), /phase: '(\w+)'/g)) {
      assert.ok(between(docs, '## Life and death', '- A crash').includes(phase), phase);
    }
  });
});

describe('the environment of the engine', () => {
  it('has what finds files and libraries, and none of the secrets and debugger flags', () => {
    const environment = engineEnvironment({
      HOME: '/home/ada',
      HF_HOME: '/models',
      HF_TOKEN: 'hf_secret',
      GITHUB_TOKEN: 'secret',
      NODE_OPTIONS: '--require /debugger.js',
      VSCODE_INSPECTOR_OPTIONS: '{}',
      ELECTRON_RUN_AS_NODE: undefined,
    });
    assert.deepEqual(environment, { ELECTRON_RUN_AS_NODE: '1', HOME: '/home/ada', HF_HOME: '/models' });
  });
});
