import type { Check, IndexedToken, SpanToken } from '../../core/explanation';
import { tokenOrigin } from '../../core/origin';
import type { Model } from '../model';
import type { Attribution } from './direct';
import { Distribution } from './distribution';
import { rowsIn, tokenMetric } from './metric';
import type { Trace } from './trace';

interface Asked {
  readonly model: Model;
  readonly trace: Trace;
  readonly targets: readonly number[];
  readonly tokens: readonly IndexedToken[];
  readonly direct: Attribution;
  readonly logProbability: boolean;
  /** The identities of direct attribution: where one fails nothing is said of any token. */
  readonly sums: readonly Check[];
}

/** The tokens of a span one by one: what each gives to the sum, and whether it was copied, composed or recalled. */
export function spanTokens(asked: Asked): SpanToken[] {
  const { model, trace, targets, tokens, direct, logProbability, sums } = asked;
  const rows = rowsIn(trace.logits, targets.length);
  return targets.map((id, row) => {
    const logits = rows[row]!;
    const metric = tokenMetric({ target: id, contrast: null, logProbability });
    const distribution = new Distribution(logits);
    const token = {
      index: trace.queries[row]! + 1,
      id,
      text: model.tokenizer.textOf(id),
      logit: distribution.logitOf(id),
      probability: distribution.probabilityOf(id),
      rank: distribution.rankOf(id),
    };
    const origin = tokenOrigin({
      tokens,
      target: token,
      total: metric.tangentAt(logits),
      ...direct.byToken[row]!,
      sound: sums.every(({ holds }) => holds),
    });
    return { ...token, value: metric.valueOf(logits), origin };
  });
}
