import { showShare, showSigned } from '../../core/display';
import type { Drawn } from '../../core/picture/drawn';
import { isRemainder, type PictureNode } from '../../core/picture/picture';
import { hintOf, influenceInWords, nodeName, placeOfToken } from '../../core/picture/words';
import { button, type Child, h } from '../dom';

export type Column = 'name' | 'kind' | 'layer' | 'place' | 'influence' | 'value';

export interface Sorting {
  readonly by: Column;
  readonly down: boolean;
}

export const firstSorting: Sorting = { by: 'influence', down: true };

const columns: readonly (readonly [Column, string, string])[] = [
  ['name', 'Node', 'A token, a part of the model, or the answer'],
  ['kind', 'Kind', 'What it is'],
  ['layer', 'Layer', 'The layer, from 0; tokens are below all, the answer is above'],
  ['place', 'At', 'The token at which it works'],
  ['influence', 'Influence', 'The share of all influence on the answer that passes through it'],
  ['value', 'Value', 'How active a neuron is; what a head or the answer adds up to, in logits'],
];

const kindWords: Readonly<Record<PictureNode['kind'], string>> = {
  token: 'token',
  position: 'position',
  neuron: 'neuron',
  head: 'head',
  feature: 'feature',
  'attention-feature': 'attention feature',
  bias: 'constants',
  logit: 'answer',
  group: 'group',
  layer: 'folded layer',
  rest: 'not drawn',
};

/** The drawing as a table: a row for each node with all its edges, those from what is not drawn summed up. */
export function table(
  drawn: Drawn,
  sorting: Sorting,
  current: string | null,
  actions: { readonly sort: (by: Column) => void; readonly go: (id: string) => void },
): HTMLElement {
  const { picture, context } = drawn;
  const rows = [...picture.nodes.keys()].sort((a, b) => compare(drawn, sorting, a, b));
  return h(
    'table.all',
    {},
    h(
      'caption',
      {},
      'Everything in the drawing. Choose a row to read all its inputs and outputs beside the table.',
    ),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...columns.map(([column, name, meaning]) => {
          const sorted = sorting.by === column ? (sorting.down ? 'descending' : 'ascending') : null;
          return h(
            'th',
            { attributes: { scope: 'col', 'aria-sort': sorted } },
            button(
              `${name}${sorted ? (sorting.down ? ' ↓' : ' ↑') : ''}`,
              () => actions.sort(column),
              { title: `${meaning}. Sort by it`, 'data-key': `sort-${column}` },
              'button.link',
            ),
          );
        }),
        h('th', { attributes: { scope: 'col' } }, 'Reads'),
        h('th', { attributes: { scope: 'col' } }, 'Gives'),
      ),
    ),
    h(
      'tbody',
      {},
      ...rows.map((index) => {
        const node = picture.nodes[index]!;
        const place = node.position === null ? '' : placeOfToken(context.subject, node.position);
        return h(
          'tr',
          { attributes: { 'aria-current': node.id === current ? 'true' : null } },
          h(
            'th',
            { attributes: { scope: 'row' } },
            button(
              nodeName(node, context),
              () => actions.go(node.id),
              { 'data-key': `row-${node.id}` },
              'button.link',
            ),
            hintOf(node, context) ? h('span.dim', {}, ` ${hintOf(node, context)}`) : null,
          ),
          h('td', {}, kindWords[node.kind]),
          h('td.number', {}, node.layer === null ? '' : String(node.layer)),
          h('td', {}, place),
          h(
            'td.number',
            { attributes: { title: influenceInWords(node) } },
            node.kind === 'rest' ? '' : showShare(node.influence),
          ),
          h('td.number', {}, valueCell(node)),
          h('td', {}, ...edgeCells(drawn, index, 'from')),
          h('td', {}, ...edgeCells(drawn, index, 'to')),
        );
      }),
    ),
  );
}

function valueCell({ activation, value }: PictureNode): string {
  const shown = activation ?? value;
  return shown === null ? '' : showSigned(shown);
}

/** Edges that are told in a cell; choosing the row tells them all. */
const mostTold = 3;

function edgeCells({ picture, ends, context }: Drawn, index: number, far: 'from' | 'to'): readonly Child[] {
  const all = (far === 'from' ? ends.into : ends.from)[index]!.map((edge) => picture.edges[edge]!);
  const isSum = ({ from }: (typeof all)[number]) => isRemainder(picture.nodes[from]!);
  const edges = [...all.filter((edge) => !isSum(edge)), ...all.filter(isSum)];
  const scores = picture.scores.filter((edge) => edge[far === 'from' ? 'to' : 'from'] === index);
  const left = edges.length + scores.length - Math.min(mostTold, edges.length) - Math.min(1, scores.length);
  return [
    ...edges
      .slice(0, mostTold)
      .map((edge) =>
        h('div', {}, `${showSigned(edge.weight)} ${nodeName(picture.nodes[edge[far]]!, context)}`),
      ),
    ...scores
      .slice(0, 1)
      .map((edge) =>
        h(
          'div',
          {},
          `${far === 'from' ? 'looks there because of' : 'tells where to look'} ${nodeName(picture.nodes[edge[far]]!, context)}`,
        ),
      ),
    left > 0 ? h('div.dim', {}, `${left} more`) : null,
  ];
}

function compare({ picture, context }: Drawn, { by, down }: Sorting, a: number, b: number): number {
  const [first, second] = [picture.nodes[a]!, picture.nodes[b]!];
  const height = ({ kind, layer }: PictureNode) =>
    kind === 'logit' ? Number.MAX_SAFE_INTEGER : (layer ?? -1);
  const difference = (() => {
    switch (by) {
      case 'name':
        return nodeName(first, context).localeCompare(nodeName(second, context), 'en', { numeric: true });
      case 'kind':
        return kindWords[first.kind].localeCompare(kindWords[second.kind], 'en');
      case 'layer':
        return height(first) - height(second);
      case 'place':
        return (first.position ?? -1) - (second.position ?? -1);
      case 'influence':
        return shareOf(first) - shareOf(second);
      case 'value':
        return (first.activation ?? first.value ?? 0) - (second.activation ?? second.value ?? 0);
    }
  })();
  return (down ? -difference : difference) || a - b;
}

/** What is not drawn comes last. */
function shareOf({ kind, influence }: PictureNode): number {
  return kind === 'rest' ? -1 : influence;
}
