import { layOut, reads, wastes } from './parts';
import { HandBuilt } from './weights';

/** The vocabulary: beginning, `(`, `)`, end, and a letter that means nothing. */
export const bracket = { begin: 0, open: 1, close: 2, end: 3, letter: 4 } as const;
const vocabulary = 5;

/**
 * L0H0 averages +1 for `(` and −1 for `)` over the text; a neuron of L0MLP fires when the balance is positive and asks
 * for `)`; otherwise the text ends. Everything else is waste. With `saturated` a second neuron holds the answer at one
 * level, however much is open: no small change of the balance changes it. With a `decoy` a third one says a little for `)`
 * where it reads a letter.
 */
export function brackets({ saturated = false, decoy = false } = {}): HandBuilt {
  const { spaces, width } = layOut({ token: vocabulary, balance: 1, output: vocabulary, waste: vocabulary });
  const built = new HandBuilt({
    vocabulary,
    positions: 32,
    width,
    headSize: vocabulary,
    heads: 2,
    layers: 2,
    neurons: vocabulary,
  });
  reads(built, spaces.token, spaces.output, 1);
  const counter = built.head(0, 0);
  counter.v.set(0, spaces.token.at + bracket.open, 1);
  counter.v.set(0, spaces.token.at + bracket.close, -1);
  counter.o.set(spaces.balance.at, 0, 1);

  const judge = built.mlp(0);
  const answer = spaces.output.at + bracket.close;
  judge.in.set(0, spaces.balance.at, 40);
  judge.out.set(answer, 0, 6);
  if (saturated) {
    judge.in.set(1, spaces.balance.at, 40);
    judge.inBias[1] = -1;
    judge.out.set(answer, 1, -6);
  }
  if (decoy) {
    judge.in.set(2, spaces.token.at + bracket.letter, 1);
    judge.out.set(answer, 2, 0.5);
  }
  judge.outBias[spaces.output.at + bracket.end] = 3;

  for (const [layer, head] of [
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const)
    wastes(built, layer, head, spaces.token, spaces.waste);
  built.mlp(1).in.copy(0, spaces.token.at, vocabulary);
  built.mlp(1).out.copy(spaces.waste.at, 0, vocabulary, 50);
  return built;
}
