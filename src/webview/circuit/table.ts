import type { Circuit } from '../../core/circuit';
import { type CircuitContext, edgesOf, nodeName, nodeRole } from '../../core/circuitWords';
import { button, h } from '../dom';
import { signed } from '../pieces';

/** The circuit as text: one row for every node with what it reads and gives, strongest first. */
export function table(circuit: Circuit, context: CircuitContext, go: (id: string) => void): HTMLElement {
  const names = new Map(circuit.nodes.map((node) => [node.id, nodeName(node, context)]));
  const order = { output: 0, head: 1, mlp: 1, pos: 1, bias: 1, rest: 2, token: 3, others: 4 } as const;
  const nodes = [...circuit.nodes].sort(
    (a, b) => order[a.kind] - order[b.kind] || Math.abs(b.value) - Math.abs(a.value),
  );
  const heading = (text: string, title: string) => h('th', { attributes: { scope: 'col', title } }, text);
  const list = (id: string, end: 'from' | 'to') => {
    const edges = edgesOf(circuit, id, end === 'from' ? 'to' : 'from');
    return h(
      'td',
      {},
      ...edges.map((edge) =>
        h('div', {}, signed(edge.value, 'Carried along this edge'), ` ${names.get(edge[end])}`),
      ),
    );
  };
  return h(
    'table.all',
    {},
    h('caption', {}, 'Everything in the drawing, as text'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        heading('Node', 'A token, a part of the model, or the answer'),
        heading('Brought', 'What passes through it to the answer, in logits'),
        heading('Reads', 'Edges into it, in logits'),
        heading('Gives', 'Edges out of it, in logits'),
      ),
    ),
    h(
      'tbody',
      {},
      ...nodes.map((node) =>
        h(
          'tr',
          {},
          h(
            'th',
            { attributes: { scope: 'row', title: nodeRole(node, context) } },
            button(
              names.get(node.id) ?? node.id,
              () => go(node.id),
              { title: 'Show it in the drawing', 'data-key': `row-${node.id}` },
              'button.link',
            ),
          ),
          h('td', {}, signed(node.value, 'What passes through it to the answer')),
          list(node.id, 'from'),
          list(node.id, 'to'),
        ),
      ),
    ),
  );
}
