// Whence: Where Was This Copied From? Goes to the place and marks it, and says which heads copied; or that it was not copied.

import { copiedFrom } from '../../core/asked/copied';
import { revealToken } from '../commands/tokens';
import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import { ask, explanationOf, subjectOf } from './asking';

export async function askCopiedFrom(whence: Whence, given?: TokenRef): Promise<void> {
  const subject = await subjectOf(whence, given);
  const { record } = subject;
  const answer = await ask(whence, subject, 'looking for where it was copied from', async (token) => {
    const explanation = await explanationOf(whence, subject, token);
    return copiedFrom(explanation, whence.explainer.headScores(record), subject.lineOf);
  });
  whence.marks.show();
  if (answer.copied && answer.span && !subject.placed.anchors.stale[answer.span.last])
    await revealToken(whence, { record: record.id, index: answer.span.last });
}
