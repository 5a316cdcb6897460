import { join, resolve } from 'node:path';
import { type AuditSettings, type AuditSource, usualSettings } from '../../core/audit/journal';
import { progressInWords } from '../../core/audit/progress';
import type { AuditReport } from '../../core/audit/report';
import { findingSentence } from '../../core/audit/sentences';
import { parseAudit } from '../../core/circuitFile/auditFile';
import { circuitLimits } from '../../core/circuitFile/limits';
import { WhenceError } from '../../core/errors';
import { journalLimits } from '../../engine/audit/journalLines';
import { mergeShards } from '../../engine/audit/merge';
import { writeReport } from '../../engine/audit/reportFiles';
import { runAudits } from '../../engine/audit/run';
import { software } from '../../engine/audit/software';
import { integerOf, parseOptionsAndFiles } from '../arguments';
import { shardOf } from '../audit/shard';
import { readAudits } from '../audit/sources';
import { auditKind, filesOf } from '../circuits/files';
import { type Command, exitFine } from '../command';
import { withModel } from '../models';
import { visible } from '../render/visible';
import type { Terminal } from '../terminal';

const help = `
whence audit [--model M] [--cases N] [--explain N] [--seed N] [--shard I/N] [--out DIR] [--json] [FILE…]
whence audit --merge [--model M] [--out DIR] [--json] DIR…

Runs audit files: prompts that probe a model for what should not be there, each beside a matched control. Says how often
something is found, which parts of the model and of the prompt carry it, and what becomes of it and of ordinary code
without these parts. docs/audits.md is the language and the method.

  FILE          an audit file, or a folder with all those under it; without any the suite that comes with Whence
  --model M     a folder, a file or the name of a model found on this machine, in place of the one the files name
  --cases N     so many pairs of each file at most, drawn by the seed
  --explain N   pairs of each finding whose mechanism is looked for, and as many others in which its parts are ablated;
                ${usualSettings.explained} unless given, 0 for none
  --seed N      for every random choice; ${usualSettings.seed} unless given
  --out DIR     where report.html, report.md, report.json and the journal go; whence-audit unless given. A run that was
                interrupted goes on where it was when the same is asked again, and gives the same report
  --shard I/N   this machine's part of the pairs, as 3/8: writes the journal alone
  --merge       makes the report of all shards, whose folders are named; needs the model once more
  --json        the report as JSON on standard output as well (schema: audit.json)
`;

/** The suite and the sample of ordinary code lie beside dist. */
const suite = join(__dirname, '..', 'audits');
const corpus = join(__dirname, '..', 'corpus');

const optionSpecs = {
  model: { type: 'string' },
  cases: { type: 'string' },
  explain: { type: 'string' },
  seed: { type: 'string' },
  shard: { type: 'string' },
  out: { type: 'string', default: 'whence-audit' },
  merge: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values: options, positionals } = parseOptionsAndFiles(argv, optionSpecs);
  const { out, json, merge } = options;
  const shard = shardOf(options.shard);
  const settings: AuditSettings = {
    cases: integerOf('cases', options.cases, null, { least: 1, most: circuitLimits.pairs }),
    explained: integerOf('explain', options.explain, usualSettings.explained, {
      least: 0,
      most: journalLimits.explained,
    }),
    seed: integerOf('seed', options.seed, usualSettings.seed, { least: 0, most: Number.MAX_SAFE_INTEGER }),
  };
  const asked = merge ? await merged(positionals, options) : { ...(await read(positionals)), settings };
  const report = await withModel(options.model ?? asked.model, terminal, (model) =>
    paused(out, (signal) =>
      runAudits(model, asked.sources, {
        settings: asked.settings,
        software,
        corpus,
        folder: resolve(out),
        shard,
        onProgress: (progress) => terminal.progress(progressInWords(progress)),
        signal,
      }),
    ),
  );
  if (!report) {
    terminal.write(
      `Shard ${options.shard} is done: ${join(out, 'journal.jsonl')}. whence audit --merge makes the report of all.\n`,
    );
    return exitFine;
  }
  const written = await writeReport(report, resolve(out));
  if (json) terminal.json(report);
  else terminal.write(overview(report, Object.values(written), terminal));
  return exitFine;
}

async function read(places: readonly string[]) {
  return readAudits(await filesOf(auditKind, places.length === 0 ? [suite] : places));
}

/** What the shards are of: their files, settings and all come from their journals. */
async function merged(
  folders: readonly string[],
  { out, cases, explain, seed, shard }: { readonly out: string } & Partial<Record<string, string | boolean>>,
): Promise<{ sources: readonly AuditSource[]; model: string | undefined; settings: AuditSettings }> {
  if (folders.length === 0) {
    throw new WhenceError('bad-argument', '--merge needs the folders that --out gave the shards: name them.');
  }
  if ([cases, explain, seed, shard].some((given) => given !== undefined)) {
    throw new WhenceError(
      'bad-argument',
      '--merge takes --cases, --explain and --seed from the shards: leave them out, and --shard.',
    );
  }
  const { files, settings } = await mergeShards(
    folders.map((folder) => resolve(folder)),
    resolve(out),
  );
  const named = parseAudit(files[0]?.text ?? '').file?.model;
  return { sources: files, model: named ?? undefined, settings };
}

/** An interrupt ends the work between two lines of the journal. */
async function paused<T>(out: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const pause = new AbortController();
  const interrupted = () => pause.abort();
  process.once('SIGINT', interrupted);
  try {
    return await work(pause.signal);
  } catch (thrown) {
    if (!(thrown instanceof WhenceError) || thrown.code !== 'cancelled') throw thrown;
    throw new WhenceError('cancelled', `Paused: the same command goes on from here, with what ${out} has.`);
  } finally {
    process.off('SIGINT', interrupted);
  }
}

function overview({ audits }: AuditReport, files: readonly string[], { style }: Terminal): string {
  const lines = audits.flatMap(({ name, file, findings }) => [
    `${style.strong(visible(name))}  ${style.faint(visible(file))}`,
    ...findings.map((finding) => `  ${visible(finding.title)}. ${findingSentence(finding)}`),
    '',
  ]);
  return [...lines, `Written to ${files.join(', ')}.`, ''].join('\n');
}

export const auditCommand: Command = {
  name: 'audit',
  summary: 'runs audit files: prompts that probe for what should not be there',
  help,
  run,
};
