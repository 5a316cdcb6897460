import { posix, win32 } from 'node:path';

/** What of a machine decides whether and how VS Code's desktop application starts on it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** User id; null on Windows. */
  readonly user: number | null;
  readonly exists: (path: string) => boolean;
}

/** A command line to spawn. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** Windows starts `code.cmd` through its shell only. */
  readonly shell: boolean;
}

const names = ['code', 'code-insiders', 'codium'];
const macPrograms = [
  '/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code',
  '/Applications/Visual Studio Code - Insiders.app/Contents/Resources/app/bin/code',
  '/Applications/VSCodium.app/Contents/Resources/app/bin/codium',
];

/** Whether a window could be shown at all. */
export function hasDisplay({ platform, env }: Machine): boolean {
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** The program that starts a VS Code installed on this machine, or null. */
export function findDesktop({ platform, env, exists }: Machine): string | null {
  const windows = platform === 'win32';
  const { join } = windows ? win32 : posix;
  const folders = (env.PATH ?? env.Path ?? '').split(windows ? ';' : ':').filter(Boolean);
  const programs = folders.flatMap((folder) =>
    names.map((name) => join(folder, windows ? `${name}.cmd` : name)),
  );
  if (platform === 'darwin') programs.push(...macPrograms);
  return programs.find(exists) ?? null;
}

/** Opens a folder and a place of a file in it, `file:line:column`, in a new window, with the extensions in some folders loaded. */
export function desktopCommand(
  program: string,
  extensions: readonly string[],
  open: readonly [folder: string, place: string],
  machine: Machine,
  /** Where a VS Code that was fetched for this keeps its data; one that people use keeps its own. */
  dataFolder: string | null,
): Command {
  const args = ['--new-window', ...extensions.map((folder) => `--extensionDevelopmentPath=${folder}`)];
  const root = machine.platform === 'linux' && machine.user === 0;
  // VS Code refuses to run as root without both of these.
  if (root) args.push('--no-sandbox');
  if (dataFolder !== null) args.push(`--user-data-dir=${dataFolder}`);
  else if (root) args.push(`--user-data-dir=${posix.join(machine.env.HOME ?? '/root', '.config/Code')}`);
  args.push(open[0], '--goto', open[1]);
  const shell = machine.platform === 'win32' && /\.(cmd|bat)$/i.test(program);
  return shell
    ? { command: `"${program}"`, args: args.map((arg) => `"${arg}"`), shell }
    : { command: program, args, shell };
}
