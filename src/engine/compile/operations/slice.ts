import type { Operation } from '../stage';

/** The entries from `start` up to `end` of the last dimension: one part of what a fused matrix gives. */
export function slice(start: number, end: number): Operation {
  return {
    shape: ([x]) => [...x!.slice(0, -1), end - start],
    emit: (c, [x]) => c.slice(x!, -1, start, end),
    pull: (c, { inputs, cotangent }) => {
      const size = Number(inputs[0]!.dims.at(-1));
      const axes = cotangent.dims.slice(0, -1).map(() => 0);
      const padding = c.integers([...axes, start, ...axes, size - end]);
      return [
        c.node('Pad', [cotangent, padding], {}, cotangent.type, [...cotangent.dims.slice(0, -1), size]),
      ];
    },
  };
}
