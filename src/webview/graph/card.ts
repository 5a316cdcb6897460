import type { PanelChange, PanelCircuit } from '../../core/circuitPanel';
import { showShare, showSigned } from '../../core/display';
import type { GraphView } from '../../core/graphDocument';
import type { Drawn } from '../../core/picture/drawn';
import type { PictureNode } from '../../core/picture/picture';
import {
  hintOf,
  influenceInWords,
  nodeName,
  nodeRole,
  unitInto,
  valueInWords,
} from '../../core/picture/words';
import { button, type Child, h } from '../dom';
import { type Inputs, inputsOf, type Neighbour, outputsOf } from './lists';

export interface CardActions {
  readonly go: (id: string) => void;
  readonly pin: (id: string) => void;
  readonly group: (id: string) => void;
  readonly rename: (id: string, label: string) => void;
  readonly change: (id: string, how: PanelChange['how']) => void;
  readonly reveal: (position: number) => void;
  readonly look: (layer: number, head: number) => void;
  readonly unfold: (list: string) => void;
}

/** What the card needs beside the picture. */
export interface CardState {
  readonly drawn: Drawn;
  readonly circuit: PanelCircuit;
  readonly view: GraphView;
  readonly inputs: Inputs;
  readonly pinned: boolean;
  readonly mode: 'plain' | 'expert';
  /** Names of lists that are shown whole. */
  readonly unfolded: ReadonlySet<string>;
  /** How what is cut is cut. */
  readonly options: HTMLElement;
  /** What the index knows of the chosen part. */
  readonly evidence: Child;
}

/** Rows of a list before the others are summed up in one. */
const mostRows = 8;

/** What the chosen node is, reads and gives, and what can be done with it. */
export function card(state: CardState, node: PictureNode, actions: CardActions): readonly Child[] {
  const { drawn, inputs, mode } = state;
  const { context } = drawn;
  const index = drawn.picture.nodes.indexOf(node);
  const scores = drawn.picture.scores;
  const because = scores.filter(({ to }) => to === index);
  const guides = scores.filter(({ from }) => from === index);
  const scoreList = (title: string, list: typeof scores, end: 'from' | 'to') => {
    const estimated = list.every(({ effect }) => effect !== null);
    const rows = list.map((edge): Neighbour => {
      const other = drawn.picture.nodes[edge[end]]!;
      const side = edge.side === 'query' ? 'by what is asked for here' : 'by what is found there';
      const weight = estimated ? edge.effect! : edge.score;
      return {
        id: other.id,
        name: nodeName(other, context),
        drawn: true,
        weight,
        size: Math.abs(weight),
        share: null,
        note: mode === 'expert' ? `${edge.side}, score ${showSigned(edge.score)}` : side,
      };
    });
    const unit = estimated ? 'logits the answer loses without it, estimated' : 'attention score';
    return edgeList(
      state,
      title,
      rows.sort((a, b) => b.size - a.size),
      unit,
      actions,
    );
  };
  const reads = inputsOf(inputs, drawn, node);
  const gives = outputsOf(inputs, drawn, node);
  return [
    h('h2', { attributes: { tabindex: -1 } }, nodeName(node, context)),
    hintOf(node, context) ? h('p.rule', {}, hintOf(node, context)) : null,
    h(
      'p.number',
      {},
      [valueInWords(node), influenceInWords(node)].filter((part) => part !== null).join(' · '),
    ),
    h('p.dim', {}, nodeRole(node, context)),
    actionRow(state, node, actions),
    members(state, node, actions),
    edgeList(state, node.kind === 'logit' ? 'Made of' : 'Reads', reads, unitInto(node), actions),
    because.length > 0 ? scoreList('Looks there because of', because, 'from') : null,
    edgeList(state, 'Gives', gives, null, actions),
    guides.length > 0 ? scoreList('Tells where to look', guides, 'to') : null,
    state.evidence,
  ];
}

function actionRow(state: CardState, node: PictureNode, actions: CardActions): HTMLElement {
  const { mode, view, circuit } = state;
  const isPart = ['neuron', 'head', 'group', 'layer'].includes(node.kind);
  const isGroup = node.kind === 'group';
  const { pinned } = state;
  const hasPlace = circuit.subject.tokens[node.position ?? -1]?.line !== undefined;
  const line = node.position === null ? null : (circuit.subject.tokens[node.position]?.line ?? null);
  const cut = mode === 'expert' ? 'Ablate' : 'Cut';
  const act = (
    label: string,
    click: () => void,
    title: string,
    key: string,
    pressed: boolean | null = null,
  ) =>
    button(
      label,
      click,
      { title, 'data-key': key, 'aria-pressed': pressed === null ? null : pressed ? 'true' : 'false' },
      'button.quiet',
    );
  const ownName = view.labels[node.id] ?? node.label;
  return h(
    'div.actions',
    {},
    ...(isPart && circuit.live
      ? [
          act(
            cut,
            () => actions.change(node.id, { kind: 'zero' }),
            'Take it out of the model and run it again (X)',
            'cut',
          ),
          act(
            'Halve',
            () => actions.change(node.id, { kind: 'scale', factor: 0.5 }),
            'Half of what it writes',
            'halve',
          ),
          act(
            'Double',
            () => actions.change(node.id, { kind: 'scale', factor: 2 }),
            'Twice what it writes',
            'double',
          ),
        ]
      : []),
    node.kind === 'rest' || node.kind === 'logit' || node.kind === 'layer'
      ? null
      : act(
          pinned ? 'Unpin' : 'Pin',
          () => actions.pin(node.id),
          'Keep it drawn and its paths lit (Space)',
          'pin',
          pinned,
        ),
    isPart && node.kind !== 'layer'
      ? act(
          isGroup ? 'Ungroup' : 'Group',
          () => actions.group(node.id),
          isGroup ? 'Take the group apart (G)' : 'Group it with what is pinned (G)',
          'group',
        )
      : null,
    isPart && node.kind !== 'layer' ? renameButton(ownName, (label) => actions.rename(node.id, label)) : null,
    hasPlace && line !== null && node.position !== null
      ? act('Show in Editor', () => actions.reveal(node.position!), 'Move the cursor to this token', 'reveal')
      : null,
    lookButton(state, node, actions),
    isPart && circuit.live ? state.options : null,
  );
}

/** The way to the question why a head looks there: for heads at the place that the answer is read from. */
function lookButton({ circuit }: CardState, node: PictureNode, { look }: CardActions): Child {
  const { kind, layer, position, members } = node;
  const head = circuit.document.graph.nodes[members[0]!]?.index;
  const predicts = position === circuit.subject.tokens.length - 1;
  if (kind !== 'head' || !circuit.live || !predicts || layer === null || head === null || head === undefined)
    return null;
  return button(
    'Why There?',
    () => look(layer, head),
    {
      title: 'Why does this head look where it looks most? The answer stands in the Explanation view',
      'data-key': 'look',
    },
    'button.quiet',
  );
}

/** A name, changed in place. */
function renameButton(name: string, rename: (label: string) => void): HTMLElement {
  const open = button(
    'Rename',
    () => start(),
    { title: 'Give it a name', 'data-key': 'rename' },
    'button.quiet',
  );
  const start = () => {
    let over = false;
    const end = (keep: boolean) => {
      if (over) return;
      over = true;
      input.replaceWith(open);
      open.focus();
      if (keep) rename(input.value);
    };
    const input = h('input.name', {
      attributes: { type: 'text', value: name, 'aria-label': 'Name', maxlength: 80, 'data-key': 'name' },
      on: {
        keydown: (event) => {
          event.stopPropagation();
          if (event.key === 'Enter') {
            // Else the button that takes the input's place is pressed.
            event.preventDefault();
            end(true);
          }
          if (event.key === 'Escape') end(false);
        },
        blur: () => end(true),
      },
    });
    open.replaceWith(input);
    input.select();
  };
  return open;
}

function members({ drawn, circuit, view }: CardState, node: PictureNode, actions: CardActions): Child {
  if (node.kind !== 'group' && node.kind !== 'layer') return null;
  return h(
    'section',
    {},
    h('h3', {}, 'Made of'),
    h(
      'ul.members',
      {},
      ...node.members.slice(0, 40).map((index) => {
        const member = circuit.document.graph.nodes[index]!;
        const label = view.labels[member.id];
        return h('li', {}, `${label ? `${label}: ` : ''}${nodeName(member, drawn.context)}`);
      }),
      node.members.length > 40 ? h('li.dim', {}, `${node.members.length - 40} more`) : null,
    ),
    node.kind === 'layer'
      ? button('Open', () => actions.unfold(node.id), { 'data-key': 'open-layer' }, 'button.quiet')
      : null,
  );
}

function edgeList(
  { unfolded }: CardState,
  title: string,
  all: readonly Neighbour[],
  unit: string | null,
  actions: CardActions,
): Child {
  if (all.length === 0) return null;
  const rows = unfolded.has(title) ? all : all.slice(0, mostRows);
  const strongest = Math.max(...all.map(({ size }) => size));
  const left = all.slice(rows.length).reduce((sum, { weight }) => sum + weight, 0);
  return h(
    'section',
    {},
    h('h3', {}, title, unit ? h('span.unit', {}, ` in ${unit}`) : null),
    h('ul.edges-list', {}, ...rows.map((row) => edgeRow(row, strongest, title, actions))),
    all.length > rows.length
      ? button(
          `${all.length - rows.length} more, together ${showSigned(left)}`,
          () => actions.unfold(title),
          { 'data-key': `more-${title}` },
          'button.link',
        )
      : null,
  );
}

function edgeRow(row: Neighbour, strongest: number, title: string, actions: CardActions): HTMLElement {
  const share = strongest > 0 ? row.size / strongest : 0;
  const where = row.drawn ? 'Go there' : 'Not drawn yet: draw it and go there';
  return h(
    'li',
    { attributes: { class: row.drawn ? null : 'undrawn' } },
    row.id === null
      ? h('span', {}, row.name)
      : button(
          row.name,
          () => actions.go(row.id!),
          { title: where, 'data-key': `go-${title}-${row.id}` },
          'button.link',
        ),
    h(
      'span.signed',
      { attributes: { title: row.note } },
      `${showSigned(row.weight)}${row.share === null ? '' : ` · ${showShare(row.share)}`}`,
    ),
    h(
      'span.bar',
      { attributes: { 'aria-hidden': 'true' }, css: { '--share': share.toFixed(3) } },
      h(row.weight < 0 ? 'span.fill.against' : 'span.fill.for', {}),
    ),
  );
}
