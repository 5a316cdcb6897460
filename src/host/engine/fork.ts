import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';

/**
 * The part of the environment the engine needs: where things are (home, temporary files, the Hugging Face cache), what
 * the system needs to start a process and to find libraries. Nothing else is handed down: no access tokens, and none of
 * the debugger's NODE_OPTIONS.
 */
const inherited = [
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'SystemRoot',
  'windir',
  'TMPDIR',
  'TEMP',
  'TMP',
  'PATH',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'LANG',
  'LC_ALL',
];

/** The environment of the engine's process. In VS Code `process.execPath` is Electron, which has to be told to be Node. */
export function engineEnvironment(parent: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ELECTRON_RUN_AS_NODE: '1' };
  for (const name of inherited) {
    const value = parent[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/**
 * Starts the engine's process; `server` is the path of dist/server.js. It inherits no flags, of which --inspect would
 * clash over its port, and stands in its own folder, so that it keeps no workspace folder from being removed.
 */
export function forkEngine(server: string): ChildProcess {
  return fork(server, [], {
    cwd: dirname(server),
    env: engineEnvironment(process.env),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
