import type { Tensor as OnnxTensor } from 'onnxruntime-node';
import type { ChangedHook } from '../compile/graphs';
import type { Intervention } from '../model';
import { toOnnx } from './machine';

/** What a graph has to be made for so that it can take the changes; always in the same order. */
export function changedHooks(changes: readonly Intervention[]): readonly ChangedHook[] {
  return changes
    .map(({ hook, remove, scale, add }) => ({
      hook,
      remove: remove !== undefined,
      scale: scale !== undefined,
      add: add !== undefined,
    }))
    .sort((a, b) => (a.hook < b.hook ? -1 : 1));
}

/** The changes as such a graph's inputs. */
export function changeFeeds(changes: readonly Intervention[]): Record<string, OnnxTensor> {
  const feeds: Record<string, OnnxTensor> = {};
  for (const { hook, remove, scale, add } of changes) {
    if (remove) feeds[`${hook}.remove`] = toOnnx(remove);
    if (scale) feeds[`${hook}.scale`] = toOnnx(scale);
    if (add) feeds[`${hook}.add`] = toOnnx(add);
  }
  return feeds;
}
