import type { CircuitSettings, PanelCircuit } from '../circuitPanel';
import type { Keeping } from './keeping';
import { type Box, type Layout, layoutOf } from './layout';
import { type Ends, endsOf } from './paths';
import { type Picture, pictureOf } from './picture';
import type { PictureContext } from './words';

/** A picture with its places. */
export interface Drawn {
  readonly picture: Picture;
  readonly layout: Layout;
  readonly ends: Ends;
  readonly context: PictureContext;
}

/** How a circuit is drawn: the step of the slider in percent, and what a person made of it. */
export type Drawing = Pick<CircuitSettings, 'view' | 'folded'> & { readonly percent: number };

/** The picture of a circuit in a box. */
export function drawnOf(
  { document, subject, headScores, names }: PanelCircuit,
  keeping: Keeping,
  { view, folded, percent }: Drawing,
  box: Box,
): Drawn {
  const { graph } = document;
  const picture = pictureOf({
    graph,
    influence: keeping.influence,
    kept: keeping.kept(percent),
    view,
    folded,
  });
  return {
    picture,
    layout: layoutOf(picture, subject.tokens, box),
    ends: endsOf(picture),
    context: { subject, headScores, names, graph },
  };
}
