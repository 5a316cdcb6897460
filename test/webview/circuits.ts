import type { CircuitSubject, PanelCircuit, ToCircuitPanel } from '../../src/core/circuitPanel';
import { metricInWords } from '../../src/core/metricWords';
import type { TracedCircuit } from '../../src/core/traced';
import { states } from './world';

/** What a circuit of the record's token is of, as the host says it. */
async function subjectOf(index: number, contrast?: string): Promise<CircuitSubject> {
  const state = await states().state(index, false, contrast);
  const { explanation, answer, tokens, record } = state;
  return {
    id: `record-1 ${index} ${contrast ?? ''}`,
    title: record.title,
    model: record.model,
    precision: record.precision,
    target: explanation!.target.text,
    contrast: explanation!.contrast?.text ?? null,
    probability: explanation!.target.probability,
    metric: metricInWords(explanation!.contrast?.text ?? null),
    sentence: answer!.sentence,
    tokens: tokens.slice(0, index).map(({ text, line, special }) => ({ text, line, special })),
  };
}

const traced = new Map<string, Promise<TracedCircuit>>();

/** The circuit of a token, really traced, once for all tests. */
export async function circuitOf(index: number, nodes = 500, contrast?: string): Promise<PanelCircuit> {
  const key = `${index} ${nodes} ${contrast ?? ''}`;
  const known = traced.get(key) ?? states().traced(index, nodes, contrast);
  traced.set(key, known);
  const { document } = await known;
  return {
    subject: await subjectOf(index, contrast),
    document,
    names: {},
    suggestions: [],
    headScores: states().headScores,
    live: true,
    features: false,
    notes: [],
    version: '0.0.0',
  };
}

/** The message that shows a circuit for the first time. */
export function shows(circuit: PanelCircuit): ToCircuitPanel {
  return { type: 'circuit', circuit, saved: null };
}
