import type { EvidenceContext, PartEvidence } from '../circuitPanel';
import { WhenceError } from '../errors';
import { type Fields, isFields, listOf, numberOf, shareOf, textOf } from './fields';

/** Limits of a feature's file, which foreign tools write. */
export const featureLimits = { bytes: 16e6, contexts: 40, tokens: 400, logits: 40 } as const;

/**
 * Where the file of a feature lies, seen from the folder of a graph: as circuit-tracer's server has it, beside `graph_data`,
 * or in a folder beside the graph. With `/` everywhere; the first that is there counts.
 *
 * @param scan what the graph calls its model
 */
export function featurePlaces(scan: string, feature: number): readonly string[] {
  // A name out of a file must not lead anywhere else.
  const folder = /^[\w.-]+$/.test(scan) && !/^\.+$/.test(scan) ? [`features/${scan}`] : [];
  return [...folder, 'features', ...folder.map((each) => `../${each}`), '../features'].map(
    (each) => `${each}/${feature}.json`,
  );
}

/**
 * What a feature's file says of it: the texts in which it is most active, how often it is active, which tokens it raises
 * and lowers. `name` is what the file is called.
 *
 * @throws WhenceError `bad-input` for what is no such file
 */
export function readFeatureDetails(text: string, name: string): PartEvidence {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new WhenceError('bad-input', `${name} cannot be shown: it is no JSON.`, { cause });
  }
  if (!isFields(file) || !Array.isArray(file.examples_quantiles)) {
    throw new WhenceError('bad-input', `${name} cannot be shown: it has no examples_quantiles.`);
  }
  const examples = file.examples_quantiles.filter(isFields).flatMap((quantile) => listOf(quantile.examples));
  const contexts = examples.filter(isFields).flatMap(contextOf);
  const peakOf = ({ activations, peak }: EvidenceContext) => Math.abs(activations[peak] ?? 0);
  return {
    own: false,
    label: null,
    support: null,
    role: null,
    frequency: shareOf(file.activation_frequency),
    corpus: `what ${name} was made from`,
    contexts: contexts.sort((a, b) => peakOf(b) - peakOf(a)).slice(0, featureLimits.contexts),
    promoted: tokensOf(file.top_logits),
    suppressed: tokensOf(file.bottom_logits),
  };
}

function contextOf({ tokens, tokens_acts_list, train_token_ind }: Fields): readonly EvidenceContext[] {
  const texts = listOf(tokens).map((token) => textOf(token) ?? '');
  const activations = listOf(tokens_acts_list).map((value) => numberOf(value) ?? 0);
  if (texts.length === 0 || texts.length !== activations.length) return [];
  const strongest = activations.reduce((best, value, at) => (value > activations[best]! ? at : best), 0);
  const given = numberOf(train_token_ind);
  const peak = given !== null && Number.isInteger(given) && texts[given] !== undefined ? given : strongest;
  const from = Math.max(0, peak - featureLimits.tokens / 2);
  const within = <T>(list: readonly T[]) => list.slice(from, from + featureLimits.tokens);
  return [{ tokens: within(texts), activations: within(activations), peak: peak - from, source: null }];
}

function tokensOf(list: unknown): PartEvidence['promoted'] {
  return listOf(list)
    .slice(0, featureLimits.logits)
    .flatMap((token) => {
      const text = textOf(token);
      return text === null ? [] : [{ text, score: null }];
    });
}
