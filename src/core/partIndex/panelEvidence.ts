import type { EvidenceContext, PartEvidence } from '../circuitPanel';
import { roles } from '../parts';
import { supportInWords } from './label';
import type { FoundPart, IndexedNeuron, PartContext, PartSign } from './types';

/**
 * What an index knows of a part, as the circuit panel shows it: of a neuron, what is known of the side that is active.
 *
 * @param sign of the neuron's activation in the circuit; null for heads, and for the stronger side
 */
export function panelEvidenceOf({ part, corpus }: FoundPart, sign: PartSign): PartEvidence {
  const described = `${corpus.tokens.toLocaleString('en')} tokens of code (${corpus.name})`;
  if (part.kind === 'head') {
    const { label, scores, contexts } = part;
    return {
      own: true,
      label: label?.text ?? null,
      support: label && supportInWords(label),
      role: scores.roles.map((role) => roles[role].words).join('; ') || null,
      frequency: null,
      corpus: described,
      contexts: contexts.map(contextOf),
      promoted: [],
      suppressed: [],
    };
  }
  const side = sign === null ? part.sides[0] : part.sides.find((each) => each.sign === sign);
  const label = side?.label ?? null;
  return {
    own: true,
    label: label?.text ?? null,
    support: label && supportInWords(label),
    role: null,
    frequency: side?.frequency ?? null,
    corpus: described,
    contexts: (side?.contexts ?? []).map(contextOf),
    ...(side ? effectsOf(side, 1) : effectsOf(part.sides[0], -1)),
  };
}

/** What a side raises and lowers. A side of which the corpus shows nothing does the opposite of the other one. */
function effectsOf(side: IndexedNeuron['sides'][number] | undefined, sign: 1 | -1) {
  const scored = (effects: IndexedNeuron['sides'][number]['promotes']) =>
    effects.map(({ text, effect }) => ({ text, score: sign * effect }));
  const [promoted, suppressed] = [scored(side?.promotes ?? []), scored(side?.suppresses ?? [])];
  return sign > 0 ? { promoted, suppressed } : { promoted: suppressed, suppressed: promoted };
}

function contextOf({ tokens, values, peak, file, line }: PartContext): EvidenceContext {
  return { tokens, activations: values, peak, source: `${file}:${line}` };
}
