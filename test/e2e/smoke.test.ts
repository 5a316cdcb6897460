import assert from 'node:assert/strict';
import { commands, extensions } from 'vscode';
import { page } from './page';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('the extension in a real VS Code', () => {
  const extension = extensions.getExtension('whence.whence');

  it('is installed and activates', async () => {
    assert.ok(extension, 'VS Code does not know whence.whence');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command of its manifest', async () => {
    const known = new Set(await commands.getCommands(true));
    const { contributes } = extension!.packageJSON as Manifest;
    const missing = contributes.commands.map(({ command }) => command).filter((id) => !known.has(id));
    assert.ok(contributes.commands.length > 0);
    assert.deepEqual(missing, []);
  });

  it('stands in a workbench that the runner can see', async () => {
    await page.waitFor('.monaco-workbench .part.statusbar');
    await page.screenshot('smoke');
  });
});
