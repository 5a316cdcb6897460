// How fluid the circuit panel is: milliseconds from frame to frame in headless Chromium, while a circuit of 500 nodes and
// 5,000 edges is dragged, zoomed, pointed at, and while the slider moves, something in every frame; the same for all edges.

import { findChromium, openBrowser } from '../dev/vscode/browser';
import type { PanelCircuit } from '../src/core/circuitPanel';
import { WhenceError } from '../src/core/errors';
import { edgesOf } from '../src/core/graph';
import type { GraphDocument } from '../src/core/graphDocument';
import { influenceOf } from '../src/core/graphInfluence';
import { trace } from '../src/engine/circuit/ask';
import { loadModel } from '../src/engine/run/load';
import { openPanel, type PanelPage } from '../test/webview/page';
import { codeOf } from './support/engine';
import { type Row, report } from './support/report';

const length = 96;
const nodes = 500;
const edges = 5000;
/** Frames of one action. */
const moves = 240;
const goal = { atMost: 50, percentile: 0.95 } as const;

/** A circuit of the embedded model, really traced. */
async function traced(): Promise<PanelCircuit> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const text = model.tokenizer.encode(codeOf(20 * length)).map(({ id }) => id);
  const ids = [...model.tokenizer.prefix('python'), ...text].slice(0, length);
  const question = { ids, position: length, target: null, contrast: null, mass: null };
  const { document } = await trace(model, { ...question, nodes, heads: 'nodes' });
  const tokens = document.tokens.map((text) => ({ text, line: null, special: false }));
  await model.close();
  return {
    subject: {
      id: 'bench',
      title: 'bench',
      model: model.info.id,
      precision: null,
      target: null,
      contrast: null,
      probability: null,
      metric: '',
      sentence: null,
      tokens,
    },
    document,
    names: {},
    suggestions: [],
    headScores: null,
    features: false,
    live: true,
    notes: [],
    version: '0',
  };
}

/** Without errors, its nodes with the most influence and their strongest edges: so many of each. */
function cutTo({ graph, ...rest }: GraphDocument): GraphDocument {
  const influence = influenceOf(graph);
  const strongest = [...graph.nodes.keys()]
    .filter((index) => graph.nodes[index]!.kind !== 'error')
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, nodes);
  function rank(index: number): number {
    return graph.nodes[index]!.kind === 'logit' ? Number.POSITIVE_INFINITY : influence.nodes[index]!;
  }
  const places = new Map(strongest.map((index, place) => [index, place]));
  const between = [...graph.edges.weights.keys()]
    .flatMap((edge) => {
      const [source, target] = [
        places.get(graph.edges.sources[edge]!),
        places.get(graph.edges.targets[edge]!),
      ];
      if (source === undefined || target === undefined) return [];
      return [{ source, target, weight: graph.edges.weights[edge]!, influence: influence.edges[edge]! }];
    })
    .sort((a, b) => b.influence - a.influence)
    .slice(0, edges);
  const list = strongest.map((index) => graph.nodes[index]!);
  return { ...rest, graph: { nodes: list, edges: edgesOf(between), scoreEdges: [] } };
}

/** What happens once in every frame, in the page: `at` goes from 0 to 1 and back twice. */
type Act = 'slide' | 'drag' | 'zoom' | 'point';

/** Milliseconds from frame to frame while the page is given something to do in every one of them. */
function framesOf({ page }: PanelPage, act: Act): Promise<readonly number[]> {
  return page.evaluate(
    async ({ act, moves }) => {
      const box = document.querySelector<HTMLElement>('.canvas')!;
      const slider = document.querySelector<HTMLInputElement>('#keep')!;
      const nodes = [...document.querySelectorAll<HTMLElement>('.node')];
      const { left, top, width, height } = box.getBoundingClientRect();
      const pointer = (type: string, at: number) =>
        box.dispatchEvent(
          new PointerEvent(type, {
            clientX: left + 30 + at * 500,
            clientY: top + 12 + at * 300,
            bubbles: true,
          }),
        );
      const move = (at: number, turn: number) => {
        if (act === 'slide') {
          slider.value = String(10 + Math.round(90 * at));
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        } else if (act === 'drag') pointer('pointermove', at);
        else if (act === 'zoom') {
          const where = { clientX: left + width / 2, clientY: top + height / 2 };
          box.dispatchEvent(new WheelEvent('wheel', { ...where, deltaY: turn % 120 < 60 ? -30 : 30 }));
        } else {
          nodes[(turn - 1) % nodes.length]?.dispatchEvent(new PointerEvent('pointerleave'));
          nodes[turn % nodes.length]!.dispatchEvent(new PointerEvent('pointerenter'));
        }
      };
      const frames: number[] = [];
      let last = await new Promise(requestAnimationFrame);
      for (let turn = 0; turn < moves; turn++) {
        move(Math.abs((((4 * turn) / moves) % 2) - 1), turn);
        const now = await new Promise(requestAnimationFrame);
        frames.push(now - last);
        last = now;
      }
      return frames;
    },
    { act, moves },
  );
}

/** Chromium's own counts, and what of the main thread's time people would look at first. */
const parts = { script: 'ScriptDuration', style: 'RecalcStyleDuration', layout: 'LayoutDuration' } as const;
type Costs = Readonly<Record<keyof typeof parts | 'all', number>>;

/** An act with the milliseconds of the processor that the page's main thread took for one of its frames. */
async function costOf(
  { page }: PanelPage,
  act: () => Promise<readonly number[]>,
): Promise<{ readonly frames: readonly number[]; readonly costs: Costs }> {
  const session = await page.context().newCDPSession(page);
  // Ticks of the thread: what else runs on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const frames = await act();
  const after = await read();
  await session.detach();
  const each = (name: string) => (1000 * (after.get(name)! - before.get(name)!)) / frames.length;
  const { script, style, layout } = parts;
  return {
    frames,
    costs: {
      script: each(script),
      style: each(style),
      layout: each(layout),
      all: each('TaskDuration'),
    },
  };
}

async function measure(panel: PanelPage, circuit: PanelCircuit, required: boolean): Promise<void> {
  const { page } = panel;
  await panel.send({ type: 'circuit', circuit, saved: null });
  const box = await page.locator('.canvas').boundingBox();
  if (!box) throw new WhenceError('internal', 'The panel shows no drawing.');
  const cost = (act: Act) => costOf(panel, () => framesOf(panel, act));
  const sliding = await cost('slide');
  await page.locator('#keep').fill('100');
  await page.waitForTimeout(500);
  const drawn = await page.locator('.node').count();
  const before = await page.locator('.nodes').getAttribute('style');
  await page.mouse.move(box.x + 30, box.y + 12);
  await page.mouse.down();
  const dragging = await cost('drag');
  const dragged = await page.locator('.nodes').getAttribute('style');
  await page.mouse.up();
  if (before === dragged) throw new WhenceError('internal', 'The drawing was not dragged.');
  await page.locator('button', { hasText: 'Fit' }).click();
  const zooming = await cost('zoom');
  const pointing = await cost('point');
  const acts = {
    'moving the slider': sliding,
    'dragging the drawing': dragging,
    zooming,
    'pointing at nodes': pointing,
  };
  const title = `${drawn} nodes, ${circuit.document.graph.edges.weights.length} edges`;
  report(
    title,
    Object.entries(acts).map(
      ([what, { frames }]): Row => ({ what, unit: 'ms', samples: frames, ...(required ? { goal } : {}) }),
    ),
  );
  for (const [what, { costs }] of Object.entries(acts)) {
    const said = Object.entries(costs).map(([part, time]) => `${part} ${time.toFixed(1)}`);
    console.log(`  ${what}: processor time of the main thread for a frame, ms: ${said.join(', ')}`);
  }
  console.log();
}

async function main(): Promise<void> {
  const chromium = findChromium();
  if (!chromium)
    throw new WhenceError(
      'bad-argument',
      'There is no Chromium: install one, or name its program in $CHROMIUM.',
    );
  const circuit = await traced();
  const browser = await openBrowser(chromium);
  for (const [document, required] of [
    [cutTo(circuit.document), true],
    [circuit.document, false],
  ] as const) {
    const panel = await openPanel(browser.context, 'graph', {
      theme: 'vscode-dark',
      width: 1400,
      height: 900,
    });
    await measure(panel, { ...circuit, document }, required);
    await panel.page.close();
  }
  await browser.close();
}

void main();
