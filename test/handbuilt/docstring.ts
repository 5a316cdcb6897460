import { always, layOut, looksBack, looksFor, moves, reads, sharp, wastes } from './parts';
import { HandBuilt } from './weights';

/** The vocabulary: beginning, `def`, `:param`, and names from 3. */
export const docstring = { begin: 0, def: 1, param: 2 } as const;
const vocabulary = 9;
const positions = 16;

/**
 * `def f(a, b, c): :param a :param b :param` → `c` in three steps of composition, after the circuit of Heimersheim and
 * Janiak 2023: L0H0 notes at every token which came before; L1H0 fetches to the last `:param` the name described before
 * it; L2H0 looks for the name that follows that one in the signature, and copies it. The second heads are waste.
 */
export function docstringMover(): HandBuilt {
  const { spaces, width } = layOut({
    token: vocabulary,
    position: positions,
    before: vocabulary,
    described: vocabulary,
    output: vocabulary,
    waste: vocabulary,
  });
  const built = new HandBuilt({
    vocabulary,
    positions,
    width,
    headSize: positions,
    heads: 2,
    layers: 3,
    neurons: 0,
  });
  reads(built, spaces.token, spaces.output, 10);
  built.positions.copy(0, spaces.position.at, positions);
  looksBack(built.head(0, 0), spaces.position);
  moves(built.head(0, 0), spaces.token, spaces.before);
  looksBack(built.head(1, 0), spaces.position);
  moves(built.head(1, 0), spaces.token, spaces.described);
  const mover = built.head(2, 0);
  looksFor(mover, spaces.described, spaces.before);
  always(mover.q, vocabulary, spaces.token, sharp);
  mover.k.set(vocabulary, spaces.token.at + docstring.param, -1);
  moves(mover, spaces.token, spaces.output);
  for (const layer of [0, 1, 2]) wastes(built, layer, 1, spaces.token, spaces.waste);
  return built;
}
