import { showSigned } from '../../core/display';
import type { Component, Explanation } from '../../core/explanation';
import type { PanelState } from '../../core/panel';
import { partInWords, partOf, roles, rolesOf } from '../../core/parts';
import { arrowStep, h } from '../dom';
import type { Post } from '../pieces';
import { partDetail } from './partDetail';

interface Grid {
  readonly state: PanelState;
  readonly byName: ReadonlyMap<string, Component>;
  readonly largest: number;
  readonly chosen: string | null;
  readonly choose: (name: string) => void;
}

/** Every part of the model as a cell, layers upward, signed by colour and filling, with what the chosen one did beneath. */
export function componentsPicture(
  state: PanelState,
  explanation: Explanation,
  chosen: string | null,
  choose: (name: string) => void,
  post: Post,
): HTMLElement {
  const byName = new Map(explanation.components.map((component) => [component.name, component]));
  const largest = Math.max(...explanation.components.map((component) => Math.abs(component.direct)));
  const grid: Grid = { state, byName, largest, chosen, choose };
  const rows = layout(explanation.components);
  const box = h(
    'div.grid',
    {
      attributes: {
        role: 'grid',
        'aria-label': 'Parts of the model, one row a layer',
        'data-scroll': 'grid',
      },
    },
    ...rows.map((row) => gridRow(row, grid)),
  );
  const cells = [...box.querySelectorAll<HTMLElement>('[role="gridcell"]')];
  const reachable = cells.find((cell) => cell.dataset.key === `cell-${chosen}`) ?? cells[0];
  if (reachable) reachable.tabIndex = 0;
  box.addEventListener('keydown', (event) => move(event, box));
  const component = chosen === null ? undefined : byName.get(chosen);
  return h(
    'div.components',
    {},
    box,
    letters(state),
    component
      ? partDetail(state, explanation, component, post)
      : h('p.dim.hint', {}, 'Choose a cell to see what that part read and brought.'),
  );
}

interface GridRow {
  readonly label: string;
  readonly names: readonly string[];
}

/** Rows from the last layer down to what enters at the bottom; heads in order, the MLP last. */
function layout(components: readonly Component[]): readonly GridRow[] {
  const layers = new Map<number, string[]>();
  const outside: string[] = [];
  for (const { name } of components) {
    const part = partOf(name);
    if (part?.kind === 'head' || part?.kind === 'mlp') {
      layers.set(part.layer, [...(layers.get(part.layer) ?? []), name]);
    } else outside.push(name);
  }
  const order = (name: string) => {
    const part = partOf(name);
    return part?.kind === 'head' ? part.head : Number.POSITIVE_INFINITY;
  };
  const rows = [...layers]
    .sort(([a], [b]) => b - a)
    .map(([layer, names]) => ({ label: `L${layer}`, names: names.sort((a, b) => order(a) - order(b)) }));
  return outside.length > 0 ? [...rows, { label: '', names: outside }] : rows;
}

function gridRow(row: GridRow, grid: Grid): HTMLElement {
  return h(
    'div.row',
    { attributes: { role: 'row' } },
    h('span.rowhead', { attributes: { role: 'rowheader' } }, row.label),
    ...row.names.map((name) => cell(name, grid)),
  );
}

function cell(name: string, grid: Grid): HTMLElement {
  const { state, byName, largest, chosen, choose } = grid;
  const direct = byName.get(name)?.direct ?? 0;
  const part = partOf(name);
  const played = part?.kind === 'head' ? rolesOf(state.headScores, part.layer, part.head) : [];
  const words = [part ? partInWords(part) : name, ...played.map((role) => roles[role].words)].join(', ');
  const text = `${words}: ${showSigned(direct)} logits`;
  const size = largest > 0 ? Math.sqrt(Math.abs(direct) / largest) : 0;
  const tag =
    part?.kind === 'head'
      ? played
          .map((role) => roles[role].letter)
          .join('')
          .slice(0, 2)
      : short(name);
  return h(
    part?.kind === 'head' ? 'div.cell' : 'div.cell.named',
    {
      attributes: {
        role: 'gridcell',
        tabindex: -1,
        title: `${name}: ${text}`,
        'aria-label': text,
        'aria-selected': name === chosen ? 'true' : 'false',
        'data-key': `cell-${name}`,
      },
      on: {
        click: () => choose(name),
        keydown: (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          choose(name);
        },
      },
    },
    h('span.tag', {}, tag),
    h(direct < 0 ? 'span.square.against' : 'span.square.for', { css: { '--size': size.toFixed(3) } }),
  );
}

function short(name: string): string {
  return name.endsWith('MLP') ? 'MLP' : name;
}

/** The letters that occur in the grid, explained. */
function letters(state: PanelState): HTMLElement {
  if (!state.headScores) return h('p.legend.dim', {}, 'Roles of the heads: …');
  const present = new Set(state.headScores.flatMap((score) => score.roles));
  return h(
    'p.legend',
    {},
    h(
      'span.key',
      { attributes: { title: 'Filled: pushed towards the token' } },
      h('span.square.for', {}),
      ' for',
    ),
    h(
      'span.key',
      { attributes: { title: 'Hollow: pushed away from it' } },
      h('span.square.against', {}),
      ' against',
    ),
    ...[...present].map((role) =>
      h(
        'span.key',
        { attributes: { title: roles[role].words } },
        h('strong', {}, roles[role].letter),
        ` ${role}`,
      ),
    ),
  );
}

function move(event: KeyboardEvent, box: HTMLElement): void {
  const rows = [...box.querySelectorAll('[role="row"]')].map((row) => [
    ...row.querySelectorAll<HTMLElement>('[role="gridcell"]'),
  ]);
  const y = rows.findIndex((row) => row.includes(document.activeElement as HTMLElement));
  const x = rows[y]?.indexOf(document.activeElement as HTMLElement) ?? -1;
  if (y < 0 || x < 0) return;
  const across = arrowStep(event.key, ['ArrowLeft'], ['ArrowRight']);
  const down = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null;
  if (across === null && down === null) return;
  event.preventDefault();
  const row = rows[clamp(y + (down ?? 0), rows.length)]!;
  const next = row[clamp(x + (across ?? 0), row.length)]!;
  for (const each of rows.flat()) each.tabIndex = each === next ? 0 : -1;
  next.focus();
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index));
}
