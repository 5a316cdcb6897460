import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { cache, greeter, repository } from '../paths';
import { desktopCommand, findDesktop, hasDisplay, type Machine } from './desktop';

const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  user: process.getuid?.() ?? null,
  exists: existsSync,
};

/**
 * Opens a VS Code on this machine, or one that is downloaded now. Returns null when its window is on its way, otherwise
 * the reason why there is none: no display, no VS Code and no way to download it are normal outcomes.
 */
export async function openDesktop(
  workspace: string,
  place: string,
  report: (line: string) => void,
): Promise<string | null> {
  if (!hasDisplay(thisMachine)) return 'this machine has no display';
  const installed = findDesktop(thisMachine);
  const data = join(cache, 'vscode-desktop');
  try {
    const program = installed ?? (await download(data, report));
    const dataFolder = installed ? null : join(data, 'user');
    const { command, args, shell } = desktopCommand(
      program,
      [repository, greeter],
      [workspace, place],
      thisMachine,
      dataFolder,
    );
    await started(spawn(command, args, { shell, detached: true, stdio: 'ignore' }));
    report(`Opened ${workspace} in ${program}.`);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function download(cachePath: string, report: (line: string) => void): Promise<string> {
  report('Downloading VS Code …');
  return downloadAndUnzipVSCode({ version: 'stable', cachePath, reporter: new SilentReporter() });
}

function started(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
