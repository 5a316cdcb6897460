import { ablations } from '../explanation';
import { measured, number, outputMeasure } from './bounds';
import { type Cursor, misread } from './cursor';
import { type Names, parts } from './names';
import type { Cause, Claim, Expectation } from './syntax';

const others = ['patching', 'scaling', 'steering'] as const;

/** Whether something done to the model comes next. */
export function seesCause(cursor: Cursor): boolean {
  return [...ablations, ...others].some((kind) => cursor.sees(kind));
}

/** What is done, which way it moves which measure, and by how much. */
export function causal(cursor: Cursor, names: Names): Claim {
  const done = cause(cursor, names);
  const verb = cursor.oneOf('what it does', ['lowers', 'raises', 'changes']);
  if (cursor.stands('rank')) {
    return misread(cursor.next, 'The change of a rank says little: use “probability” or “logit”.');
  }
  const measure = outputMeasure(cursor, ['probability', 'logit difference', 'logit']);
  if (measure === null) return cursor.fail('“probability”, “logit” or “logit difference”');
  cursor.words('by');
  return { kind: 'cause', cause: done, verb, measure, bound: measured(cursor, measure) };
}

function cause(cursor: Cursor, names: Names): Cause {
  if (cursor.takes('patching')) {
    cursor.words('of');
    const patched = parts(cursor, names);
    cursor.words('from');
    const { value: prompt, ...range } = cursor.text('another prompt');
    if (prompt === '') misread(range, 'The prompt is empty, so there is nothing to take values from.');
    return { kind: 'patching', parts: patched, prompt };
  }
  if (cursor.takes('scaling')) {
    cursor.words('of');
    const scaled = parts(cursor, names);
    cursor.words('by');
    return { kind: 'scaling', parts: scaled, factor: number(cursor) };
  }
  if (cursor.takes('steering')) {
    cursor.words('with');
    const { value: path } = cursor.text('the path of a steering vector');
    return { kind: 'steering', path, times: cursor.takes('by') ? number(cursor) : 1 };
  }
  const kind = cursor.oneOf('an ablation', ablations);
  cursor.words('ablation', 'of');
  return { kind, parts: parts(cursor, names) };
}

/** The paths of the steering vectors that expectations name, each once. */
export function vectorPaths(expectations: readonly Pick<Expectation, 'claim'>[]): string[] {
  const paths = expectations.flatMap(({ claim }) =>
    claim.kind === 'cause' && claim.cause.kind === 'steering' ? [claim.cause.path] : [],
  );
  return [...new Set(paths)];
}
