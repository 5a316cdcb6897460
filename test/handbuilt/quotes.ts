import { always, layOut, moves, reads, sharp, wastes } from './parts';
import { HandBuilt } from './weights';

/** The vocabulary: beginning, the two quotes, and letters. */
export const quote = { begin: 0, single: 1, double: 2, letter: 3 } as const;
const vocabulary = 7;
const positions = 16;

/**
 * Two neurons of L0MLP see which quote a token is; L1H0 looks at the last token that is any, and copies which
 * (after the circuit in Gao et al. 2025). The rest is waste.
 */
export function quotes(): HandBuilt {
  const { spaces, width } = layOut({
    token: vocabulary,
    position: 1,
    any: 1,
    kind: 2,
    output: vocabulary,
    waste: vocabulary,
  });
  const built = new HandBuilt({
    vocabulary,
    positions,
    width,
    headSize: vocabulary,
    heads: 2,
    layers: 2,
    neurons: vocabulary,
  });
  reads(built, spaces.token, spaces.output, 10);
  for (let at = 0; at < positions; at++) built.positions.set(at, spaces.position.at, at);

  const seer = built.mlp(0);
  for (const [neuron, id] of [quote.single, quote.double].entries()) {
    seer.in.set(neuron, spaces.token.at + id, 1);
    seer.out.set(spaces.kind.at + neuron, neuron, 1);
    seer.out.set(spaces.any.at, neuron, 1);
  }
  const copier = built.head(1, 0);
  always(copier.q, 0, spaces.token, sharp);
  copier.k.set(0, spaces.any.at, positions);
  copier.k.set(0, spaces.position.at, 1);
  moves(copier, spaces.kind, { at: spaces.output.at + quote.single, size: 2 });

  for (const [layer, head] of [
    [0, 0],
    [0, 1],
    [1, 1],
  ] as const)
    wastes(built, layer, head, spaces.token, spaces.waste);
  built.mlp(1).in.copy(0, spaces.token.at, vocabulary);
  built.mlp(1).out.copy(spaces.waste.at, 0, vocabulary, 50);
  return built;
}
