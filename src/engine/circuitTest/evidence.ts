import type { AnswerKind } from '../../core/answer';
import { partNamed } from '../../core/change/changeText';
import { type CircuitCase, fill } from '../../core/circuitFile/cases';
import { quoted } from '../../core/circuitFile/lexer';
import { spansOf } from '../../core/circuitFile/spans';
import type { Measure, Parts, Place } from '../../core/circuitFile/syntax';
import { shown } from '../../core/circuitFile/verdict';
import type { CircuitQuestion } from '../../core/circuitTest';
import { WhenceError } from '../../core/errors';
import type { Explanation } from '../../core/explanation';
import { longestContinuation } from '../../core/intervention';
import { originOf } from '../../core/origin';
import { partOf } from '../../core/parts';
import type { Token } from '../../core/text';
import { continueUnder } from '../change/continuation';
import { Distribution } from '../explain/distribution';
import { explain } from '../explain/explain';
import { metricValue } from '../explain/metric';
import { type Question, resolve } from '../explain/question';
import { recallOf } from '../explain/recall';
import { blockHooks, hookOf } from '../explain/trace';
import type { Model } from '../model';
import { fitText } from '../run/prompt';

/** What is kept of a case when the hooks of its run are not needed any more. */
export interface Answered {
  readonly ids: readonly number[];
  /** After the context, [V]. */
  readonly logits: Float32Array;
  readonly target: number;
  readonly contrast: number | null;
}

/** The answer's probability, its rank, or its logit minus the mean logit or the contrast's. */
export function outputOf(
  { target, contrast }: Omit<Answered, 'ids' | 'logits'>,
  measure: Measure,
  logits: Float32Array,
): number {
  if (measure === 'probability') return new Distribution(logits).probabilityOf(target);
  if (measure === 'rank') return new Distribution(logits).rankOf(target);
  return metricValue(logits, target, measure === 'logit' ? null : contrast);
}

/** What the model does in one case. What is costly is computed when it is first asked for. */
export class Evidence {
  private explained: Promise<Explanation> | undefined;

  private constructor(
    private readonly model: Model,
    private readonly subject: CircuitCase,
    private readonly tokens: readonly Token[],
    readonly question: Question,
    private readonly signal?: AbortSignal,
  ) {}

  /** @throws WhenceError when the answer cannot be asked for after this prompt */
  static async of(model: Model, subject: CircuitCase, signal?: AbortSignal): Promise<Evidence> {
    const { text, language } = subject;
    // Nothing is left out: a prompt that is too long is refused where it is run.
    const { tokens } = fitText(model.tokenizer, text, language, Number.POSITIVE_INFINITY);
    const question = await resolve(model, asked(subject, tokens), signal);
    return new Evidence(model, subject, tokens, question, signal);
  }

  get answered(): Answered {
    const { trace, target, contrast } = this.question;
    return { ids: trace.ids, logits: trace.logits, target, contrast };
  }

  /** The case as a question of its own. */
  get asked(): CircuitQuestion {
    return asked(this.subject, this.tokens);
  }

  output(measure: Measure): number {
    return outputOf(this.question, measure, this.question.trace.logits);
  }

  /** The explanation by the default method; its metric is the difference to the contrast where there is one. */
  explanation(): Promise<Explanation> {
    this.explained ??= explain(this.model, asked(this.subject, this.tokens), {
      signal: this.signal,
      resolved: this.question,
    });
    return this.explained;
  }

  /** Where the token came from; what was recalled and what was composed is told by experiment. */
  async origin(): Promise<AnswerKind> {
    const explanation = await this.explanation();
    return originOf({ ...explanation, recall: await recallOf(this.model, explanation, this.signal) }).kind;
  }

  /** Σ source scores in a place over the metric's value; words where the metric is not positive and has no shares. */
  async share(place: Place): Promise<number | string> {
    const { sources, total } = await this.explanation();
    if (total <= 0) return `no share, as the logit is ${shown(total)}`;
    return this.positions(place).reduce((sum, position) => sum + sources[position]!.score, 0) / total;
  }

  /** Σ over the parts of what they wrote directly, or through all paths, in logits. */
  async effect({ names }: Parts, path: 'direct' | 'total'): Promise<number> {
    const { components } = await this.explanation();
    const byName = new Map(components.map((component) => [component.name, component[path]]));
    const within = (name: string) =>
      partNamed(name).kind === 'layer'
        ? components.filter((component) => new RegExp(`^${name}(?:H|MLP)`).test(component.name))
        : [];
    const counted = new Set(
      names.flatMap((name) => (byName.has(name) ? [name] : within(name).map((part) => part.name))),
    );
    return [...counted].reduce((sum, name) => sum + (byName.get(name) ?? Number.NaN), 0);
  }

  /** The largest activation of a neuron at the tokens of a place, as it goes into the output matrix. */
  async activation({ names }: Parts, place: Place): Promise<number> {
    const part = partNamed(names[0]!);
    if (part.kind !== 'neuron') throw new WhenceError('internal', `${names[0]} is no neuron.`);
    const hook = blockHooks.neurons(part.layer);
    const { ids } = this.question.trace;
    const { hooks } = await this.model.forward({
      ids: [ids],
      hooks: [hook],
      logits: 'none',
      signal: this.signal,
    });
    const { data, dims } = hookOf(hooks, hook);
    const values = this.positions(place).map((position) => data[position * dims[2]! + part.neuron]!);
    return Math.max(...values);
  }

  /** As much of what the model goes on with as the text is long, in quotes: the likeliest token each time. */
  async continuation(text: string): Promise<string> {
    const wanted = fill(text, this.subject.values);
    const { ids } = this.question.trace;
    const added: number[] = [];
    for (let written = ''; ; ) {
      const count = Math.min(
        longestContinuation,
        Math.max(1, this.model.tokenizer.encode(wanted.slice(written.length)).length),
      );
      const options = { count, freezeAttention: false, signal: this.signal };
      const more = await continueUnder(this.model, [...ids, ...added], [], options);
      added.push(...more.ids);
      written = this.model.tokenizer.decode(added);
      const done = written.length >= wanted.length || more.ids.length < count;
      if (done || !wanted.startsWith(written)) return quoted(written.slice(0, wanted.length));
    }
  }

  /** Attention weight from one place to another: summed over the tokens looked at, mean over those that look. */
  attention({ names }: Parts, from: Place, to: Place): number {
    const part = partOf(names[0]!);
    if (part?.kind !== 'head') throw new WhenceError('internal', `${names[0]} does not attend.`);
    const { data, dims } = hookOf(this.question.trace.hooks, blockHooks.pattern(part.layer));
    const size = dims[3]!;
    const looking = this.positions(from);
    const seen = this.positions(to);
    let total = 0;
    for (const query of looking) {
      for (const key of seen) total += data[(part.head * size + query) * size + key]!;
    }
    return total / looking.length;
  }

  /** The context's tokens that touch a place. */
  private positions(place: Place): number[] {
    if (place.kind === 'end') return [this.question.trace.query];
    const spans = spansOf(place, this.subject);
    return this.tokens.flatMap((token, position) =>
      token.start < token.end && spans.some(({ start, end }) => token.start < end && start < token.end)
        ? [position]
        : [],
    );
  }
}

function asked({ answer, contrast }: CircuitCase, tokens: readonly Token[]) {
  const ids = tokens.map(({ id }) => id);
  return { ids, position: ids.length, target: answer, contrast, verify: false };
}
