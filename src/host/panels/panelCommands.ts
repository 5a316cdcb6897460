import type { PanelCommand } from '../../core/panel';
import type { CommandId } from '../manifest';

/** Those that are about the token that is shown. */
export const ofToken = {
  whyNot: 'whence.whyNot',
  copiedFrom: 'whence.copiedFrom',
  whatChanges: 'whence.whatChanges',
  branchHere: 'whence.branchHere',
  holdsWhenRenamed: 'whence.holdsWhenRenamed',
} as const satisfies Partial<Record<PanelCommand, CommandId>>;

/** What the panels may ask to be run. */
export const commandOf: Readonly<Record<PanelCommand, CommandId>> = {
  ...ofToken,
  showCircuit: 'whence.showCircuit',
  saveCircuitTest: 'whence.saveCircuitTest',
  completeHere: 'whence.completeHere',
  clearMarks: 'whence.clearMarks',
  showLog: 'whence.showLog',
};
