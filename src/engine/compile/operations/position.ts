import type { Operation } from '../stage';

/** Rows of a table of learned positions [count, size] for ids [B, S]: the same for every row of the batch. */
export function positionEmbed(weight: string, count: number, size: number): Operation {
  return {
    shape: ([ids]) => [...ids!, size],
    emit: (c, [ids]) => {
      const rows = c.gather(c.storedWeight(weight, [count, size]), c.positions(ids!));
      const target = c.concat([c.size(ids!, 0), c.size(ids!, 1), c.integers([size])], 0);
      return c.node('Expand', [c.cast(rows, c.precision), target], {}, c.precision, [...ids!.dims, size]);
    },
    pull: () => [null],
  };
}
