import { WhenceError } from '../../core/errors';
import {
  type ContrastToken,
  defaultMethod,
  defaultSettings,
  type ExplainedToken,
  type Explanation,
  type HeadTrace,
  type IndexedToken,
} from '../../core/explanation';
import { identityOf } from '../../core/model';
import type { ExplainParams } from '../../core/protocol';
import type { Model } from '../model';
import { attributionChecks, lensCheck } from './checks';
import { attributeDirectly, type HeadAttribution } from './direct';
import { Distribution } from './distribution';
import { lensOf } from './lens';
import { attributionMethods } from './methods/methods';
import { rowsIn, spanMetric } from './metric';
import { nameUseOf } from './name';
import { strongestNeurons } from './neurons';
import { type Question, resolve } from './question';
import { recallOf } from './recall';
import { spanTokens } from './span';
import { type Trace, traceOf } from './trace';
import { verify } from './verify';

/** How much of the heads an explanation carries; the components list all of them. */
const headLimit = 12;
const placesPerHead = 8;

const noExactSum =
  'A log-probability is not a sum of what the parts write: components are those of its tangent, log-probability aside.';

export interface ExplainOptions {
  /** Called with the explanation before its measured check, when the check was asked for. */
  readonly onAttributed?: (explanation: Explanation) => void;
  readonly signal?: AbortSignal;
  /** The question as `resolve` made it definite, where that was done already: its context is not run again. */
  readonly resolved?: Question;
}

/**
 * Explains one token, or a span as the sum over its tokens: where in the context it came from, through which parts of the model, whether that adds up, and
 * what happens when the named sources are deleted.
 *
 * @throws WhenceError `bad-argument` or `bad-input` when it cannot be asked, `cancelled` when the signal was aborted
 */
export async function explain(
  model: Model,
  params: ExplainParams,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const { signal } = options;
  const { logProbability = false, method = defaultMethod } = params;
  if (logProbability && params.contrast !== null) {
    throw new WhenceError(
      'bad-argument',
      'A log-probability has no contrast: ask for the one or for the other.',
    );
  }
  const { shown, trace, targets, target, contrast } =
    options.resolved ?? (await resolve(model, params, signal));
  const metric = spanMetric(targets, { contrast, logProbability });
  const total = metric.valueOf(trace.logits);

  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits), signal);
  const settings = { ...defaultSettings, ...params.settings };
  const counterfactual =
    params.counterfactual && (await counterfactualTrace(model, params.counterfactual, trace, signal));
  const lens = targets.length === 1 ? await lensOf(model, trace, target, signal) : null;
  const attributed = await attributionMethods[method]({
    model,
    trace,
    metric,
    total,
    direct,
    settings,
    counterfactual,
    signal,
  });
  const neurons =
    params.neurons === undefined
      ? {}
      : { neurons: await strongestNeurons({ model, trace, metric, method, count: params.neurons, signal }) };
  const tokens = locate(model, shown);
  const lastRow = rowsIn(trace.logits, targets.length).at(-1)!;
  const explained = explainedToken(model, lastRow, trace.query + 1, target);
  const sums = attributionChecks(direct, metric.tangentAt(trace.logits));
  const explanation: Explanation = {
    schemaVersion: 1,
    model: identityOf(model.info),
    method,
    metric: metric.name,
    tokens,
    target: explained,
    span:
      targets.length === 1
        ? null
        : spanTokens({ model, trace, targets, tokens, direct, logProbability, sums }),
    contrast: contrast === null ? null : contrastToken(model, trace.logits, contrast),
    total,
    remainder: attributed.remainder,
    sources: attributed.sources,
    fetched: direct.fetched,
    components: direct.components.map((component) => ({
      ...component,
      total: attributed.totals?.get(component.name) ?? null,
    })),
    ...neurons,
    checks: [...sums, ...attributed.checks, ...(lens ? [lensCheck(lens.last, trace.logits)] : [])],
    warnings: [...(metric.linear ? [] : [noExactSum]), ...attributed.warnings],
    verification: null,
    recall: null,
    name: targets.length === 1 ? await nameUseOf(model, trace, tokens, explained, signal) : null,
    lens: lens?.steps ?? [],
    settled: lens?.settled ?? null,
    heads: strongest(direct.heads),
  };
  if (!params.verify) return explanation;

  options.onAttributed?.(explanation);
  const verification = await verify(model, trace, { metric, targets, contrast }, attributed.sources, signal);
  const recall = await recallOf(model, explanation, signal);
  return { ...explanation, verification, recall };
}

/**
 * The run of a counterfactual context.
 *
 * @throws WhenceError `bad-argument` where it has not as many tokens as the context
 */
export function counterfactualTrace(
  model: Model,
  ids: readonly number[],
  { ids: own, queries }: Trace,
  signal?: AbortSignal,
): Promise<Trace> {
  if (ids.length === own.length) return traceOf(model, ids, signal, queries.length);
  throw new WhenceError(
    'bad-argument',
    `The counterfactual prompt has ${ids.length} tokens and the context ${own.length}: change tokens, but keep their number.`,
  );
}

function locate(model: Model, ids: readonly number[]): IndexedToken[] {
  return model.tokenizer
    .locate(ids)
    .map(({ id, text, start, end }, index) => ({ index, id, text, start, end }));
}

function explainedToken(model: Model, logits: Float32Array, index: number, id: number): ExplainedToken {
  return {
    index,
    id,
    text: model.tokenizer.textOf(id),
    ...new Distribution(logits).statistics(id, model.tokenizer),
  };
}

/** A token that may come next, with its logit and probability. */
export function contrastToken(model: Model, logits: Float32Array, id: number): ContrastToken {
  const probability = new Distribution(logits).probabilityOf(id);
  return { id, text: model.tokenizer.textOf(id), logit: logits[id]!, probability };
}

function strongest(heads: readonly HeadAttribution[]): HeadTrace[] {
  return [...heads]
    .sort((a, b) => Math.abs(b.direct) - Math.abs(a.direct))
    .slice(0, headLimit)
    .map(({ layer, head, direct, bySource, attention }) => ({
      layer,
      head,
      direct,
      attention: largest(attention).map(([index, weight]) => ({ index, weight })),
      bySource: largest(bySource).map(([index, score]) => ({ index, score })),
    }));
}

/** The entries of largest magnitude with their places, strongest first; zeros are left out. */
function largest(values: Float64Array): [number, number][] {
  return Array.from(values, (value, index): [number, number] => [index, value])
    .filter(([, value]) => value !== 0)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .slice(0, placesPerHead);
}
