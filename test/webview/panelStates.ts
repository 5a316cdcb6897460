import { answerOf } from '../../src/core/answer';
import { defaultMethod, type Explanation, type Method } from '../../src/core/explanation';
import type { HeadScores } from '../../src/core/model';
import type { PanelState, PanelToken } from '../../src/core/panel';
import { Lines } from '../../src/core/places';
import type { TracedCircuit } from '../../src/core/traced';
import { trace } from '../../src/engine/circuit/ask';
import { explain } from '../../src/engine/explain/explain';
import { measureHeads } from '../../src/engine/explain/heads';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';

const before = `class Cart:
    """Things somebody wants to buy."""

    def __init__(self):
        self.items = []
        self.prices = {}

    def add(self, item, price):
        self.items.append(item)
        self.prices[item] = price

    def remove(self, item):
        self.items.remove(item)
        del self.prices[item]

    def count(self):
        return len(self.`;
const read = 'items)\n\n    def total(self):\n        return sum(self.prices.values())\n';

/** What the host sends for one record, made by the embedded model from code that it reads. */
export interface PanelStates {
  readonly first: number;
  /** Of the context and the record. */
  readonly ids: readonly number[];
  readonly tokens: readonly PanelToken[];
  readonly headScores: readonly HeadScores[];
  /** The state for a token, with or without the measured check, by itself or compared with another. */
  state(index: number, verify: boolean, contrast?: string, method?: Method): Promise<PanelState>;
  /** The circuit of a token, or of its lead over another. */
  traced(index: number, nodes: number, contrast?: string): Promise<TracedCircuit>;
  readonly model: Model;
  close(): Promise<void>;
}

/** Loads the embedded model and has it read a class whose last methods are the record. */
export async function panelStates(): Promise<PanelStates> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const headScores = await measureHeads(model);
  const lines = new Lines(before + read);
  const prefix = model.tokenizer.prefix('python');
  const ids = [...prefix, ...model.tokenizer.encode(before + read).map(({ id }) => id)];
  const located = model.tokenizer.locate(ids);
  const first = located.findIndex(({ end }) => end > before.length);
  const tokens: PanelToken[] = [];
  for (const [index, { text, start, special }] of located.entries()) {
    const probability = index < first ? null : (await explained(model, ids, index, false)).target.probability;
    tokens.push({ index, text, line: lines.lineOf(start), probability, stale: false, special });
  }
  return {
    first,
    ids,
    tokens,
    headScores,
    async state(index, verify, contrast, method) {
      const explanation = await explained(model, ids, index, verify, contrast, method);
      return {
        record: {
          id: 'record-1',
          title: 'items) … in cart.py',
          model: model.info.id,
          precision: model.info.precision,
          steered: null,
        },
        tokens,
        first,
        selected: index,
        end: index + 1,
        method: explanation.method,
        granularity: 'token',
        units: null,
        mode: 'plain',
        explanation,
        answer: answerOf(explanation, headScores, (at) => tokens[at]!.line),
        headScores,
        asked: null,
        progress: null,
        error: null,
      };
    },
    traced: (index, nodes, contrast) =>
      trace(model, {
        ids,
        position: index,
        target: null,
        contrast: contrast ?? null,
        mass: null,
        nodes,
        heads: 'nodes',
      }),
    model,
    close: () => model.close(),
  };
}

function explained(
  model: Model,
  ids: readonly number[],
  position: number,
  verify: boolean,
  contrast?: string,
  method: Method = defaultMethod,
): Promise<Explanation> {
  return explain(model, { ids, position, target: null, contrast: contrast ?? null, verify, method });
}
