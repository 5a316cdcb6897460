import type { GraphView } from '../../core/graphDocument';
import { button, type Child, h } from '../dom';

/** How to read the drawing, and groups that are offered: what the card shows while nothing is chosen. */
export function howToRead(
  suggestions: GraphView['supernodes'],
  accept: (suggestion: GraphView['supernodes'][number]) => void,
): readonly Child[] {
  const key = (mark: string, words: string) =>
    h(
      'p.key',
      {},
      h(`span.${mark}` as 'span', { attributes: { 'aria-hidden': 'true' } }),
      h('span', {}, words),
    );
  return [
    h('h2', {}, 'How to read it'),
    h(
      'p',
      {},
      'The text runs from left to right at the bottom, the answer is at the top. Each node stands above the token at which it works.',
    ),
    key('shape.token', 'a token of the text'),
    key('shape.head', 'attention head: carries something here from other tokens'),
    key('shape.neuron', 'neuron: computes with what is at its token'),
    key('shape.rest', 'all that is not drawn of a layer'),
    key('stroke.for', 'raises what it goes into: the thicker, the more of the answer passes here'),
    key('stroke.against', 'lowers it'),
    key('stroke.score', 'is why that head looks where it looks'),
    h(
      'p.dim',
      {},
      'Rest the pointer on a node to see its paths; choose it to see what it reads and gives. Move the slider for more.',
    ),
    suggestions.length === 0
      ? null
      : h(
          'section',
          {},
          h('h3', {}, 'Parts that do the same at one place'),
          h(
            'ul.members',
            {},
            ...suggestions.map((suggestion) =>
              h(
                'li',
                {},
                `${suggestion.label} (${suggestion.nodes.length}) `,
                button(
                  'Group',
                  () => accept(suggestion),
                  { 'data-key': `accept-${suggestion.nodes[0]}`, 'aria-label': `Group ${suggestion.label}` },
                  'button.quiet',
                ),
              ),
            ),
          ),
        ),
  ];
}
