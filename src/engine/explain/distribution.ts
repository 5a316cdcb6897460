import type { Alternative, TokenStatistics } from '../../core/statistics';
import type { Tokenizer } from '../model';

const alternativeCount = 10;

/** A softmax over the vocabulary, in float64: log Σ exp is kept, so that every probability comes from one logit. */
export class Distribution {
  private readonly logPartition: number;

  constructor(readonly logits: Float32Array) {
    const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    let partition = 0;
    for (const logit of logits) partition += Math.exp(logit - largest);
    this.logPartition = largest + Math.log(partition);
  }

  logitOf(id: number): number {
    return this.logits[id]!;
  }

  probabilityOf(id: number): number {
    return Math.exp(this.logitOf(id) - this.logPartition);
  }

  /** Natural logarithm. */
  logProbabilityOf(id: number): number {
    return this.logitOf(id) - this.logPartition;
  }

  /** The id of the largest logit; the lowest one among equals. */
  first(): number {
    let best = 0;
    for (let id = 1; id < this.logits.length; id++) if (this.logits[id]! > this.logits[best]!) best = id;
    return best;
  }

  /** 1 for the first choice; among equal logits the lower id comes first. */
  rankOf(id: number): number {
    const logit = this.logitOf(id);
    let rank = 1;
    this.logits.forEach((other, at) => {
      if (other > logit || (other === logit && at < id)) rank++;
    });
    return rank;
  }

  /** In bits. */
  entropy(): number {
    let nats = 0;
    for (const logit of this.logits) {
      const surprise = this.logPartition - logit;
      nats += Math.exp(-surprise) * surprise;
    }
    return nats / Math.LN2;
  }

  /** The `count` most probable tokens, best first. */
  best(count: number): number[] {
    const best: number[] = [];
    this.logits.forEach((logit, id) => {
      if (best.length === count && logit <= this.logits[best.at(-1)!]!) return;
      const at = best.findIndex((other) => logit > this.logits[other]!);
      best.splice(at === -1 ? best.length : at, 0, id);
      if (best.length > count) best.pop();
    });
    return best;
  }

  statistics(id: number, tokenizer: Tokenizer): TokenStatistics {
    const alternatives = this.best(alternativeCount).map(
      (other): Alternative => ({
        id: other,
        text: tokenizer.textOf(other),
        probability: this.probabilityOf(other),
      }),
    );
    return {
      logit: this.logitOf(id),
      probability: this.probabilityOf(id),
      rank: this.rankOf(id),
      entropy: this.entropy(),
      alternatives,
    };
  }
}
