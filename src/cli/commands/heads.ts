import { showSigned } from '../../core/display';
import { type HeadScores, headName } from '../../core/model';
import { headScoresOf } from '../../engine/explain/headCache';
import type { Model } from '../../engine/model';
import { parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { cacheFolder, cacheLimit, withModel } from '../models';
import type { Style } from '../style';
import type { Terminal } from '../terminal';

const help = `
whence heads [--model M] [--json]

Measures what each attention head does on repeated random tokens: looks at the token before (previous), at an earlier
occurrence of the same token (duplicate), at what followed it (induction), or writes what it reads (copying). Measured
once for each model, then kept.

  --model M   a folder, a file or the name of a model found on this machine; without it the embedded one
  --json      the scores as JSON (schema: heads.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  return withModel(options.model, terminal, async (model) => {
    const heads = await keptScores(model, terminal);
    const { id, sha256, architecture, parameters, precision } = model.info;
    if (options.json) {
      terminal.json({ schemaVersion: 1, model: { id, sha256, architecture, parameters, precision }, heads });
    } else {
      terminal.write(`${table(heads, terminal.style)}\n`);
    }
    return exitFine;
  });
}

/** The scores of a model's heads, from the cache of earlier runs or measured now. */
export function keptScores(model: Model, terminal: Terminal): Promise<readonly HeadScores[]> {
  return headScoresOf(
    model,
    { folder: cacheFolder(), limit: cacheLimit },
    { onProgress: (fraction) => terminal.progress(`Measuring the heads: ${Math.round(fraction * 100)}%`) },
  );
}

function table(heads: readonly HeadScores[], style: Style): string {
  const title = ['head', 'previous', 'duplicate', 'induction', 'copying', 'roles'];
  const rows = heads.map(({ layer, head, previous, duplicate, induction, copying, roles }) => [
    headName(layer, head),
    previous.toFixed(2),
    duplicate.toFixed(2),
    induction.toFixed(2),
    showSigned(copying),
    roles.join(', '),
  ]);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(7) : column === 5 ? `  ${cell}` : cell.padStart(10)))
      .join('');
  return [style.faint(line(title)), ...rows.map(line)].join('\n');
}

export const headsCommand: Command = {
  name: 'heads',
  summary: 'measures what each attention head does',
  help,
  run,
};
