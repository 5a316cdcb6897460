import { always, layOut, reads, sharp } from './parts';
import { HandBuilt, type HeadWeights } from './weights';

const vocabulary = 4;
/** The token that says something, and the one that is written because of it. */
export const trap = { begin: 0, cause: 1, effect: 2, other: 3 } as const;

function start(neurons: number, heads = 2) {
  const { spaces, width } = layOut({ token: vocabulary, first: 1, second: 1, output: vocabulary });
  const built = new HandBuilt({
    vocabulary,
    positions: 16,
    width,
    headSize: vocabulary,
    heads,
    layers: 1,
    neurons,
  });
  reads(built, spaces.token, spaces.output, 1);
  /** Looks at one token alone, the cause, and writes so much of it. */
  const fetches = ({ q, k, v, o }: HeadWeights, to: number, value: number, from: number = trap.cause) => {
    always(q, 0, spaces.token, sharp);
    k.set(0, spaces.token.at + from, 1);
    v.set(0, spaces.token.at + from, 1);
    o.set(to, 0, value);
  };
  return { built, spaces, fetches };
}

/**
 * One head speaks for the effect as loudly as the other speaks against it. With a `decoy`, a third head reads the other
 * token and says a little for the effect.
 */
export function cancelling({ decoy = false } = {}): HandBuilt {
  const { built, spaces, fetches } = start(0, decoy ? 3 : 2);
  const effect = spaces.output.at + trap.effect;
  fetches(built.head(0, 0), effect, 5);
  fetches(built.head(0, 1), effect, -5);
  if (decoy) fetches(built.head(0, 2), effect, 0.5, trap.other);
  return built;
}

/** The first head is heard; the second only when the first is silent. */
export function backup(): HandBuilt {
  const { built, spaces, fetches } = start(2);
  fetches(built.head(0, 0), spaces.first.at, 1);
  fetches(built.head(0, 1), spaces.second.at, 1);
  const mlp = built.mlp(0);
  mlp.in.set(0, spaces.first.at, 1);
  mlp.in.set(1, spaces.second.at, 1);
  mlp.in.set(1, spaces.first.at, -1);
  for (const neuron of [0, 1]) mlp.out.set(spaces.output.at + trap.effect, neuron, 10);
  return built;
}
