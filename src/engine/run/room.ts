import { showBytes } from '../../core/display';
import { WhenceError } from '../../core/errors';
import { memoryNeed } from '../checkpoint/memory';
import type { Program } from '../compile/graphs';

/**
 * Kernels of quantised arithmetic hold packed copies of the matrices, which unlike mapped weights cannot be given back.
 * @throws WhenceError `out-of-memory` where there is no room for them
 */
export function checkPackedRoom(id: string, bytes: number, available: number): void {
  if (bytes <= available) return;
  throw new WhenceError(
    'out-of-memory',
    `Fast generation with ${id} holds ${showBytes(bytes)} of packed matrices in memory, and ${showBytes(available)} are free: close something, or generate in fp32.`,
  );
}

/**
 * Whether a model fits into so many bytes of memory. A stage of it and what is computed on the way have to: without that
 * room it is refused. Where only all stages together do not fit it still runs, stage by stage, each read from the disk
 * when its turn comes: then this gives the sentence that says so, else null.
 * @throws WhenceError `out-of-memory`
 */
export function checkRoom(
  id: string,
  { architecture, stages, weights }: Program,
  available: number,
): string | null {
  const need = memoryNeed(architecture, weights.tensors);
  const total = stages.reduce((sum, { parameters }) => sum + parameters, 0);
  const largest = Math.max(...stages.map(({ parameters }) => parameters));
  const least = need.work + (need.weights * largest) / total;
  if (least > available) {
    throw new WhenceError(
      'out-of-memory',
      `${id} takes ${showBytes(least)} of memory even block by block, and ${showBytes(available)} are free: close something, or choose a smaller model.`,
    );
  }
  if (need.work + need.weights <= available) return null;
  return `${id} takes ${showBytes(need.work + need.weights)} of memory and ${showBytes(available)} are free: it runs block by block, its weights read from the disk again and again, which is slow. Close something, or choose a smaller model.`;
}
