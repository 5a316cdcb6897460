import type { ScoredToken } from '../../core/generation';
import type { TokenStatistics } from '../../core/statistics';
import type { TextRange } from '../../core/text';
import { read, wholeLength } from '../checkpoint/utf8';
import type { Tokenizer } from '../model';
import type { StopRule } from './ending';

interface Generated {
  readonly id: number;
  readonly statistics: TokenStatistics;
  /** Position after its last byte. */
  readonly end: number;
}

/** The generated tokens as they come: their text and places, where they end, and which of them are certain. */
export class Continuation {
  readonly #tokens: Generated[] = [];
  #bytes = new Uint8Array(0);
  #emitted: ScoredToken[] = [];
  /** Where the continuation ends, in characters from `constrained.start`; null while it goes on. */
  #end: number | null = null;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly constrained: TextRange,
    private readonly rule: StopRule,
    private readonly onToken: (token: ScoredToken) => void,
  ) {}

  /** True when the rule says that the continuation is over. */
  append(id: number, statistics: TokenStatistics): boolean {
    this.#bytes = Buffer.concat([this.#bytes, this.tokenizer.bytesOf(id)]);
    this.#tokens.push({ id, statistics, end: this.#bytes.length });
    const given = this.#given;
    const { end, sure } = this.rule(this.#text.slice(given));
    if (end !== null) this.#end = given + end;
    else this.#emit(given + sure);
    return end !== null;
  }

  /**
   * All tokens of the continuation, and the text they add. Tokens are never cut: the last one may reach beyond the
   * rule's end. Tokens that begin a character which was not finished are left out.
   */
  finish(): { generated: readonly ScoredToken[]; text: string } {
    this.#emit(Number.POSITIVE_INFINITY);
    const end = this.#emitted.at(-1)?.end ?? this.constrained.end;
    const text = this.#text.slice(this.#given, Math.max(0, end - this.constrained.start));
    return { generated: this.#emitted, text };
  }

  /** Characters that were in the document already. */
  get #given(): number {
    return this.constrained.end - this.constrained.start;
  }

  get #whole(): Uint8Array {
    return this.#bytes.subarray(0, wholeLength(this.#bytes));
  }

  get #text(): string {
    return read(this.#whole).text;
  }

  /** Hands out the tokens of whole characters that end by `sure`; once the end is known, all that begin before it. */
  #emit(sure: number): void {
    const { starts, ends } = read(this.#whole);
    for (const { id, statistics, end } of this.#tokens.slice(this.#emitted.length)) {
      const first = end - this.tokenizer.bytesOf(id).length;
      if (end > starts.length) return;
      const place = { start: starts[first]!, end: ends[end - 1]! };
      const belongs = this.#end === null ? place.end <= sure : place.start < Math.max(this.#end, this.#given);
      if (!belongs) return;
      const token: ScoredToken = {
        id,
        text: this.tokenizer.textOf(id),
        special: false,
        start: this.constrained.start + place.start,
        end: this.constrained.start + place.end,
        statistics,
      };
      this.#emitted.push(token);
      this.onToken(token);
    }
  }
}
