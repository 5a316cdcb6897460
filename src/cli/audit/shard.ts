import type { Shard } from '../../core/audit/journal';
import { WhenceError } from '../../core/errors';
import { journalLimits } from '../../engine/audit/journalLines';

/** `3/8`: part 3 of 8. @throws WhenceError `bad-argument` */
export function shardOf(text: string | undefined): Shard | null {
  if (text === undefined) return null;
  const [, part, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part !== undefined && of !== undefined && part >= 1 && part <= of && of <= journalLimits.shards)
    return { part, of };
  throw new WhenceError(
    'bad-argument',
    `--shard takes a part and their number, as 3/8, not ${JSON.stringify(text)}.`,
  );
}
