// Whence: Does It Hold When Renamed? The program is written another way, with the same meaning, and explained again: do the
// same sources still win?

import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import { ask, subjectOf } from './asking';

export async function holdsWhenRenamed(whence: Whence, given?: TokenRef): Promise<void> {
  const subject = await subjectOf(whence, given);
  const { record, index } = subject;
  await ask(whence, subject, 'writing the program another way and explaining it again', async (token) => {
    const params = {
      ids: record.tokens.map(({ id }) => id),
      position: index,
      target: null,
      language: record.language === 'plaintext' ? null : record.language,
    };
    return { kind: 'paraphrased', result: await whence.engine.request('paraphrase', params, { token }) };
  });
}
