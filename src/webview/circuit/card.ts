import type { Circuit, CircuitEdge, CircuitNode } from '../../core/circuit';
import { type CircuitContext, edgesOf, nodeName, nodeRole } from '../../core/circuitWords';
import { showSigned } from '../../core/display';
import { button, type Child, h } from '../dom';
import { signed } from '../pieces';

export interface CardActions {
  readonly go: (id: string) => void;
  readonly pin: (id: string) => void;
  readonly reveal: (index: number) => void;
}

/** Rows of a list before the remainder is summed up in one. */
const mostRows = 12;

/** What the focused node reads, gives and is; without one, how to read the drawing. */
export function card(
  circuit: Circuit,
  node: CircuitNode | undefined,
  context: CircuitContext,
  pinned: boolean,
  actions: CardActions,
): readonly Child[] {
  if (!node) return [howToRead()];
  const byId = new Map(circuit.nodes.map((each) => [each.id, each]));
  const inputs = edgesOf(circuit, node.id, 'to');
  const outputs = edgesOf(circuit, node.id, 'from');
  const list = (title: string, edges: readonly CircuitEdge[], end: 'from' | 'to') =>
    edges.length === 0 ? null : edgeList(title, edges, end, byId, context, actions);
  return [
    h('h2', {}, nodeName(node, context)),
    h('p', {}, signed(node.value, 'What passes through it to the answer'), ' logits'),
    h('p.dim', {}, nodeRole(node, context)),
    list(node.kind === 'output' ? 'Made of' : 'Reads', inputs, 'from'),
    list('Gives', outputs, 'to'),
    h(
      'div.actions',
      {},
      node.kind === 'output'
        ? null
        : button(
            pinned ? 'Unpin' : 'Pin',
            () => actions.pin(node.id),
            {
              title: 'Keep its paths lit (Space)',
              'data-key': 'pin',
              'aria-pressed': pinned ? 'true' : 'false',
            },
            'button.quiet',
          ),
      node.kind === 'token'
        ? button(
            'Show in Editor',
            () => actions.reveal(node.position),
            { title: 'Move the cursor to this token', 'data-key': 'reveal' },
            'button.quiet',
          )
        : null,
    ),
  ];
}

function edgeList(
  title: string,
  edges: readonly CircuitEdge[],
  end: 'from' | 'to',
  byId: ReadonlyMap<string, CircuitNode>,
  context: CircuitContext,
  actions: CardActions,
): HTMLElement {
  const strongest = Math.abs(edges[0]?.value ?? 0);
  const more = edges.slice(mostRows);
  const left = more.reduce((sum, edge) => sum + edge.value, 0);
  return h(
    'section',
    {},
    h('h3', {}, title),
    h(
      'ul.edges-list',
      {},
      ...edges.slice(0, mostRows).map((edge) => {
        const other = byId.get(edge[end]);
        const share = strongest > 0 ? Math.abs(edge.value) / strongest : 0;
        return h(
          'li',
          {},
          button(
            other ? nodeName(other, context) : edge[end],
            () => actions.go(edge[end]),
            { title: 'Go there', 'data-key': `go-${edge.id}` },
            'button.link',
          ),
          signed(edge.value, 'Carried along this edge'),
          h(
            'span.bar',
            { attributes: { 'aria-hidden': 'true' }, css: { '--share': share.toFixed(3) } },
            h(edge.value < 0 ? 'span.fill.against' : 'span.fill.for', {}),
          ),
        );
      }),
      more.length > 0 ? h('li.dim', {}, `${more.length} more, together ${showSigned(left)}`) : null,
    ),
  );
}

function howToRead(): HTMLElement {
  return h(
    'div.how',
    {},
    h('h2', {}, 'How to read it'),
    h(
      'p',
      {},
      'The text runs from left to right at the bottom. What a part of the model carried from a token to the answer is a line: the thicker, the more.',
    ),
    h('p.key', {}, h('span.stroke.for', {}), ' pushed towards the answer'),
    h('p.key', {}, h('span.stroke.against', {}), ' pushed away from it'),
    h('p', {}, 'Boxes are attention heads, which look at other tokens; rounded ones are MLPs, which do not.'),
    h(
      'p',
      {},
      'Only what a part wrote straight into the answer is drawn. The side view also counts what went on through other parts, so its numbers for a token differ.',
    ),
    h('p.dim', {}, 'Choose a part to see what it read and gave.'),
  );
}
