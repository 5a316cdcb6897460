import type { EvidenceContext, PartEvidence } from '../circuitPanel';
import { roles } from '../parts';
import { supportInWords } from './label';
import type { FoundPart, PartContext } from './types';

/** What an index knows of a part, as the circuit panel shows it. */
export function panelEvidenceOf({ part, corpus }: FoundPart): PartEvidence {
  const described = `${corpus.tokens.toLocaleString('en')} tokens of code (${corpus.name})`;
  if (part.kind === 'head') {
    const { label, scores, contexts } = part;
    return {
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
  const [stronger] = part.sides;
  const label = stronger?.label ?? null;
  return {
    label: label?.text ?? null,
    support: label && supportInWords(label),
    role: null,
    frequency: stronger?.frequency ?? null,
    corpus: described,
    contexts: part.sides.flatMap(({ contexts }) => contexts).map(contextOf),
    promoted: (stronger?.promotes ?? []).map(({ text, effect }) => ({ text, score: effect })),
    suppressed: (stronger?.suppresses ?? []).map(({ text, effect }) => ({ text, score: effect })),
  };
}

function contextOf({ tokens, values, peak, file, line }: PartContext): EvidenceContext {
  return { tokens, activations: values, peak, source: `${file}:${line}` };
}
