import { ends, forwardGraph } from '../compile/graphs';
import type { Tensor } from '../tensor';
import { checkFinite } from './check';
import { fromOnnx, itemsPerRun, type Machine, pause, toOnnx } from './machine';

/** Final norm and unembedding of every position of a residual stream [B, S, D]: logits [B, S, V]. */
export async function readout(machine: Machine, residual: Tensor, signal?: AbortSignal): Promise<Tensor> {
  const { hiddenSize, vocabularySize } = machine.program.architecture;
  const [batch, length] = residual.dims as [number, number];
  const count = batch * length;
  const perRun = itemsPerRun(hiddenSize * vocabularySize);
  const logits = new Float32Array(count * vocabularySize);
  for (let from = 0; from < count; from += perRun) {
    await pause(signal);
    const to = Math.min(count, from + perRun);
    const rows = residual.data.subarray(from * hiddenSize, to * hiddenSize);
    const part = await headRun(machine, { dims: [1, to - from, hiddenSize], data: rows });
    checkFinite(part.data);
    logits.set(part.data, from * vocabularySize);
  }
  return { dims: [batch, length, vocabularySize], data: logits };
}

async function headRun(machine: Machine, rows: Tensor): Promise<Tensor> {
  const stage = machine.stage(machine.head);
  const outputs = await machine.sessions.run(
    'readout',
    () => forwardGraph(machine.program, stage, { hooks: [], changes: [], output: true }),
    () => ({ [ends.input]: toOnnx(rows) }),
  );
  return fromOnnx(outputs.get(ends.output)!);
}
