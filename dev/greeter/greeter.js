// A linked extension was never installed, so VS Code does not show its walkthrough by itself.
const { commands } = require('vscode');

exports.activate = () =>
  commands.executeCommand('workbench.action.openWalkthrough', 'whence.whence#whence.start', true);
