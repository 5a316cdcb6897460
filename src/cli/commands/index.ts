import { basename, join, resolve } from 'node:path';
import { WhenceError } from '../../core/errors';
import { defaultTexts } from '../../core/partIndex/status';
import { buildIndex, type IndexProgress } from '../../engine/partIndex/build';
import { checkpointPlace, dropCheckpoint } from '../../engine/partIndex/checkpoint';
import { mostTexts } from '../../engine/partIndex/corpus';
import { indexPlace } from '../../engine/partIndex/store';
import { integerOf, parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { cacheFolder, withModel } from '../models';
import type { Terminal } from '../terminal';
import { keptScores } from './heads';

const help = `
whence index [--model M] [--corpus DIR]… [--texts N] [--out FILE] [--again]

Makes the index of a model's parts: reads code, and notes of each neuron and attention head where it is most active, how
often it is active, and which tokens it promotes. whence part and the editor show it. A run that was interrupted goes on
where it was when the same is asked again.

  --model M     a folder, a file or the name of a model found on this machine; without it the embedded one
  --corpus DIR  a folder of code, also more than one; without it the sample that comes with Whence
  --texts N     how many texts of at most 256 tokens are read; ${defaultTexts} unless given
  --out FILE    where to write the index; without it where whence part looks for it. Beside the model, as index.whix in
                its folder or as model.gguf.whix, the editor finds it as well
  --again       begins anew, whatever was read before
`;

/** The sample of code lies beside dist. */
const bundled = join(__dirname, '..', 'corpus');

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    corpus: { type: 'string', multiple: true },
    texts: { type: 'string' },
    out: { type: 'string' },
    again: { type: 'boolean', default: false },
  });
  const texts = integerOf('texts', options.texts, defaultTexts, { least: 1, most: mostTexts });
  const folders = (options.corpus ?? [bundled]).map((folder) => resolve(folder));
  const name = options.corpus ? folders.map((folder) => basename(folder)).join(', ') : 'bundled';
  return withModel(options.model, terminal, async (model) => {
    const out = options.out ?? indexPlace(model, cacheFolder());
    if (options.again) await dropCheckpoint(checkpointPlace(out));
    const pause = new AbortController();
    const interrupted = () => pause.abort();
    process.once('SIGINT', interrupted);
    const described = await buildIndex({
      model,
      corpus: { name, folders, texts },
      out,
      scores: () => keptScores(model, terminal),
      turn: (work) => work(),
      onProgress: (progress) => terminal.progress(inWords(progress)),
      signal: pause.signal,
    })
      .catch((thrown: unknown) => Promise.reject(explained(out, thrown)))
      .finally(() => process.off('SIGINT', interrupted));
    const { tokens, files } = described;
    terminal.write(
      `Read ${tokens.toLocaleString('en')} tokens in ${described.texts} texts of ${files} files. Written to ${out}.\n`,
    );
    return exitFine;
  });
}

function inWords({ doing, done, of }: IndexProgress): string {
  const what = doing === 'texts' ? 'Reading texts' : 'Finding what the parts promote';
  return `${what}: ${done} of ${of}`;
}

function explained(out: string, thrown: unknown): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'cancelled')
    return new WhenceError('cancelled', 'Paused: the same command goes on from here.');
  if (thrown instanceof WhenceError || code === undefined) return thrown;
  return new WhenceError('storage', `${out} cannot be written (${code}): give another place with --out.`, {
    cause: thrown,
  });
}

export const indexCommand: Command = {
  name: 'index',
  summary: 'finds out where each neuron and head of a model is active, and what it promotes',
  help,
  run,
};
