/** A release of VS Code as a server, from npm packages alone. */
export interface ServerRelease {
  readonly vscode: string;
  /** The npm package that carries the built server under `lib/vscode`. */
  readonly codeServer: string;
  /** The Node it was made for: `node-linux-<arch>` of npm, headers included. */
  readonly node: string;
  /** Dependencies whose published lock or range does not install from npm. */
  readonly pins: Readonly<Record<string, string>>;
  /** Native modules it does not do without, compiled against `node`. */
  readonly native: readonly string[];
}

export const newest: ServerRelease = {
  vscode: '1.139.1',
  codeServer: '4.139.1',
  node: '24.21.0',
  pins: {},
  native: ['@vscode/spdlog', '@vscode/native-watchdog'],
};

/** The release that `engines.vscode` promises to run on. */
export const oldest: ServerRelease = {
  vscode: '1.96.4',
  codeServer: '4.96.4',
  node: '20.20.2',
  pins: { '@vscode/proxy-agent': '0.27.0' },
  native: ['@vscode/spdlog', 'native-watchdog', 'node-pty'],
};

export function serverRelease(version: string): ServerRelease {
  const found = [newest, oldest].find((release) => release.vscode === version);
  if (!found) {
    throw new Error(
      `VS Code ${version} is not known as a server; choose ${newest.vscode} or ${oldest.vscode}.`,
    );
  }
  return found;
}
