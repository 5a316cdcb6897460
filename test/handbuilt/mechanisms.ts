import { bracket, brackets } from './brackets';
import { docstring, docstringMover } from './docstring';
import { induction } from './induction';
import { quote, quotes } from './quotes';
import type { HandBuilt } from './weights';

/** A hand-built model with a question to it, and what is true of how it answers. */
export interface Mechanism {
  readonly name: string;
  build(): HandBuilt;
  readonly ids: readonly number[];
  readonly target: number;
  readonly contrast: number | null;
  /** A text of as many tokens that it answers otherwise, in which all that the edges carry is different. */
  readonly counterfactual: readonly number[];
  /** The heads and MLPs that do it. */
  readonly parts: readonly string[];
  /** The edges that carry what depends on the text, as `L0H0>L1H0.k`. */
  readonly edges: readonly string[];
  /** Those that carry the same in every text, positions and constants: no comparison of two texts can show them. */
  readonly standing: readonly string[];
}

const { begin, open, close, letter } = bracket;
const { def, param } = docstring;
const [a, b, c] = [4, 6, 8];
const [d, e, f] = [3, 5, 7];

export const mechanisms: readonly Mechanism[] = [
  {
    name: 'induction',
    build: induction,
    ids: [0, 3, 4, 5, 6, 7, 3],
    target: 4,
    contrast: null,
    counterfactual: [0, 8, 9, 5, 6, 7, 10],
    parts: ['L0H0', 'L1H0'],
    edges: ['embed>L0H0.v', 'L0H0>L1H0.k', 'embed>L1H0.q', 'embed>L1H0.v', 'L1H0>logits'],
    standing: ['pos>L0H0.q', 'pos>L0H0.k'],
  },
  {
    name: 'bracket matcher',
    build: brackets,
    ids: [begin, open, letter, open, close, letter],
    target: close,
    contrast: bracket.end,
    counterfactual: [begin, open, letter, letter, close, letter],
    parts: ['L0H0', 'L0MLP'],
    edges: ['embed>L0H0.v', 'L0H0>L0MLP', 'L0MLP>logits'],
    standing: [],
  },
  {
    name: 'quote closer',
    build: quotes,
    ids: [quote.begin, quote.double, 3, quote.double, 4, quote.single, 5, 6],
    target: quote.single,
    contrast: quote.double,
    counterfactual: [quote.begin, quote.double, 3, quote.double, 4, 6, 5, 6],
    parts: ['L0MLP', 'L1H0'],
    edges: ['embed>L0MLP', 'L0MLP>L1H0.k', 'L0MLP>L1H0.v', 'L1H0>logits'],
    standing: ['pos>L1H0.k', 'embed>L1H0.q'],
  },
  {
    name: 'docstring argument mover',
    build: docstringMover,
    ids: [0, def, a, b, c, param, a, param, b, param],
    target: c,
    contrast: null,
    counterfactual: [0, def, d, e, f, param, d, param, e, param],
    parts: ['L0H0', 'L1H0', 'L2H0'],
    edges: ['embed>L0H0.v', 'embed>L1H0.v', 'L0H0>L2H0.k', 'L1H0>L2H0.q', 'embed>L2H0.v', 'L2H0>logits'],
    standing: ['pos>L0H0.q', 'pos>L0H0.k', 'pos>L1H0.q', 'pos>L1H0.k', 'embed>L2H0.q', 'embed>L2H0.k'],
  },
];
