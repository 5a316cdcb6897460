import { ByteWriter } from './bytes';
import {
  indexMagic,
  indexVersion,
  type RawContext,
  type RawEffect,
  type RawHead,
  type RawIndex,
  type RawNeuron,
  type RawText,
  type RawWindow,
  roleNumbers,
} from './format';

/** The index as the bytes of a file, not compressed. The same index gives the same bytes. */
export function writeIndex(index: RawIndex): Uint8Array {
  const { layers, heads, neurons } = index.header;
  const quoted = new Quoted(index.texts);
  const parts = new ByteWriter();
  const starts = new ByteWriter();
  for (let layer = 0; layer < layers; layer++) {
    for (let part = 0; part < heads + neurons; part++) {
      const before = parts.length;
      if (part < heads) writeHead(parts, index.head(layer, part), quoted);
      else writeNeuron(parts, index.neuron(layer, part - heads), quoted);
      starts.count(parts.length - before);
    }
  }
  const file = new ByteWriter();
  file.letters(indexMagic);
  file.json({ version: indexVersion, ...index.header });
  quoted.write(file);
  file.raw(starts.bytes);
  file.raw(parts.bytes);
  return file.bytes;
}

/** Which tokens of the texts are quoted. */
class Quoted {
  readonly #used = new Map<number, Uint8Array>();

  constructor(private readonly texts: readonly RawText[]) {}

  add(text: number, { start, values }: RawWindow): void {
    const used = this.#used.get(text) ?? new Uint8Array(this.texts[text]!.ids.length);
    used.fill(1, start, start + values.length);
    this.#used.set(text, used);
  }

  /** For each text, its file, then runs of tokens: how many are passed over, how many follow, their ids. */
  write(to: ByteWriter): void {
    to.count(this.texts.length);
    for (const [text, { file, ids }] of this.texts.entries()) {
      to.count(file);
      const used = this.#used.get(text);
      const runs: [number, number][] = [];
      for (let at = 0; used && at < used.length; at++) {
        if (!used[at]) continue;
        const end = used.indexOf(0, at);
        runs.push([at, end < 0 ? used.length : end]);
        at = runs.at(-1)![1];
      }
      to.count(runs.length);
      let passed = 0;
      for (const [start, end] of runs) {
        to.count(start - passed);
        to.count(end - start);
        for (const id of ids.subarray(start, end)) to.count(id);
        passed = end;
      }
    }
  }
}

function writeNeuron(to: ByteWriter, neuron: RawNeuron, quoted: Quoted): void {
  for (const value of [neuron.mean, neuron.min, neuron.max, ...neuron.quantiles]) to.float(value);
  writeEffects(to, neuron.promotes);
  writeEffects(to, neuron.suppresses);
  to.count(neuron.sides.length);
  for (const { sign, frequency, contexts } of neuron.sides) {
    to.count(sign > 0 ? 1 : 0);
    to.float(frequency);
    to.count(contexts.length);
    for (const context of contexts) writeContext(to, context, quoted);
  }
}

function writeHead(to: ByteWriter, { scores, attention, entropy, contexts }: RawHead, quoted: Quoted): void {
  for (const role of roleNumbers) to.float(scores[role]);
  to.count(scores.roles.length);
  for (const role of scores.roles) to.count(roleNumbers.indexOf(role));
  for (const { share, chance } of attention) {
    to.float(share);
    to.float(chance);
  }
  to.float(entropy);
  to.count(contexts.length);
  for (const context of contexts) {
    writeContext(to, context, quoted);
    to.float(context.strength);
    writeWindow(to, context.read);
    quoted.add(context.text, context.read);
    writeEffects(to, context.promotes);
  }
}

function writeContext(to: ByteWriter, context: RawContext, quoted: Quoted): void {
  to.count(context.text);
  to.count(context.line);
  writeWindow(to, context);
  quoted.add(context.text, context);
}

function writeWindow(to: ByteWriter, { start, peak, values }: RawWindow): void {
  to.count(start);
  to.count(peak - start);
  to.count(values.length);
  to.scaled(values);
}

function writeEffects(to: ByteWriter, effects: readonly RawEffect[]): void {
  to.count(effects.length);
  for (const { id } of effects) to.count(id);
  if (effects.length > 0) to.scaled(effects.map(({ effect }) => effect));
}
