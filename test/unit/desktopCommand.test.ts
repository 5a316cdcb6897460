import assert from 'node:assert/strict';
import { desktopCommand, findDesktop, hasDisplay, type Machine } from '../../dev/vscode/desktop';

function machine(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, files: readonly string[] = []): Machine {
  return { platform, env, user: platform === 'win32' ? null : 1000, exists: (path) => files.includes(path) };
}

describe('VS Code on the desktop', () => {
  it('is found on the PATH, in its order', () => {
    const linux = machine('linux', { PATH: '/a:/b' }, ['/b/code', '/b/codium', '/c/code']);
    assert.equal(findDesktop(linux), '/b/code');
    assert.equal(findDesktop(machine('linux', { PATH: '/a:/b' }, ['/c/code'])), null);
  });

  it('is found as code.cmd on Windows and as an application on macOS', () => {
    const windows = machine('win32', { Path: 'C:\\Tools;D:\\VS Code\\bin' }, ['D:\\VS Code\\bin\\code.cmd']);
    assert.equal(findDesktop(windows), 'D:\\VS Code\\bin\\code.cmd');
    const program = '/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code';
    assert.equal(findDesktop(machine('darwin', { PATH: '/usr/bin' }, [program])), program);
  });

  it('needs a display on Linux only', () => {
    assert.equal(hasDisplay(machine('linux', {})), false);
    assert.equal(hasDisplay(machine('linux', { WAYLAND_DISPLAY: 'wayland-0' })), true);
    assert.equal(hasDisplay(machine('darwin', {})), true);
  });

  it('is started with the extension and the folder, in the profile that people use', () => {
    assert.deepEqual(
      desktopCommand('/b/code', ['/whence', '/greeter'], ['/ws', '/ws/a.py:3:1'], machine('linux', {}), null),
      {
        command: '/b/code',
        args: [
          '--new-window',
          '--extensionDevelopmentPath=/whence',
          '--extensionDevelopmentPath=/greeter',
          '/ws',
          '--goto',
          '/ws/a.py:3:1',
        ],
        shell: false,
      },
    );
  });

  it('keeps the data of a fetched VS Code apart', () => {
    const { args } = desktopCommand(
      '/cache/code',
      ['/whence'],
      ['/ws', '/ws/a.py:3:1'],
      machine('darwin', {}),
      '/cache/data',
    );
    assert.deepEqual(args, [
      '--new-window',
      '--extensionDevelopmentPath=/whence',
      '--user-data-dir=/cache/data',
      '/ws',
      '--goto',
      '/ws/a.py:3:1',
    ]);
  });

  it('gives root on Linux what VS Code insists on', () => {
    const root = { ...machine('linux', { HOME: '/home/r' }), user: 0 };
    const { args } = desktopCommand('/b/code', ['/whence'], ['/ws', '/ws/a.py:3:1'], root, null);
    assert.ok(args.includes('--no-sandbox'));
    assert.ok(args.includes('--user-data-dir=/home/r/.config/Code'));
  });

  it('quotes for the shell of Windows', () => {
    const command = desktopCommand(
      'D:\\VS Code\\code.cmd',
      ['C:\\w h'],
      ['C:\\ws', 'C:\\ws\\a.py:3:1'],
      machine('win32', {}),
      null,
    );
    assert.deepEqual(command, {
      command: '"D:\\VS Code\\code.cmd"',
      args: [
        '"--new-window"',
        '"--extensionDevelopmentPath=C:\\w h"',
        '"C:\\ws"',
        '"--goto"',
        '"C:\\ws\\a.py:3:1"',
      ],
      shell: true,
    });
  });
});
