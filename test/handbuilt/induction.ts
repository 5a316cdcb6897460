import { layOut, looksBack, looksFor, moves, reads, sharp, wastes } from './parts';
import { HandBuilt } from './weights';

/** 0 begins a text; the others are letters. */
const vocabulary = 12;
const positions = 24;

/**
 * Attention alone, two layers (Elhage et al. 2021; Olsson et al. 2022). L0H0 notes at every token which came before;
 * L1H0 looks for the token before which the current one stood, and copies it. L0H1 and L1H1 write much and mean nothing.
 *
 * @param sharpness of the induction head's look; with a small one it also looks elsewhere
 */
export function induction({ sharpness = sharp } = {}): HandBuilt {
  const { spaces, width } = layOut({
    token: vocabulary,
    position: positions,
    before: vocabulary,
    output: vocabulary,
    waste: vocabulary,
  });
  const built = new HandBuilt({
    vocabulary,
    positions,
    width,
    headSize: positions,
    heads: 2,
    layers: 2,
    neurons: 0,
  });
  reads(built, spaces.token, spaces.output, 10);
  built.positions.copy(0, spaces.position.at, positions);
  looksBack(built.head(0, 0), spaces.position);
  moves(built.head(0, 0), spaces.token, spaces.before);
  looksFor(built.head(1, 0), spaces.token, spaces.before, sharpness);
  moves(built.head(1, 0), spaces.token, spaces.output);
  wastes(built, 0, 1, spaces.token, spaces.waste);
  wastes(built, 1, 1, spaces.token, spaces.waste);
  return built;
}
