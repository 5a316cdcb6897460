// The parts of an index with their tokens as text and their names.

import { WhenceError } from '../errors';
import { headName, neuronName } from '../model';
import type { RawContext, RawEffect, RawWindow } from './format';
import { headLabel, neuronLabel } from './label';
import type { IndexFile } from './read';
import {
  attended,
  type IndexedHead,
  type IndexedNeuron,
  type IndexedPart,
  type IndexedText,
  type IndexInfo,
  type NamedPart,
  type PartContext,
  readPartName,
  type TokenEffect,
} from './types';

/** What a token of the model prints. */
export type TextOf = (id: number) => string;

/**
 * What an index knows of a part by its name.
 *
 * @throws WhenceError `bad-argument` when the model has no such part, `bad-input` when the file is damaged
 */
export function evidenceOf(file: IndexFile, name: string, textOf: TextOf): IndexedPart {
  const part = readPartName(name);
  const { layers, heads, neurons, model } = file.header;
  const count = part?.kind === 'head' ? heads : neurons;
  if (!part || part.layer >= layers || part.index >= count) {
    const example = neurons > 0 ? ' (L0H1), or a neuron (L0N5)' : ' (L0H1)';
    throw new WhenceError(
      'bad-argument',
      `${model.id} has no part ${JSON.stringify(name)}: it has ${layers} layers of ${heads} heads and ${neurons} neurons. Name a head${example}.`,
    );
  }
  return part.kind === 'head'
    ? indexedHead(file, part.layer, part.index, textOf)
    : indexedNeuron(file, part.layer, part.index, textOf);
}

/** The parts that have a name by rule; the sides of a neuron each by itself, the stronger first. */
export function* namedParts(file: IndexFile, textOf: TextOf): Generator<NamedPart> {
  const { layers, heads, neurons } = file.header;
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const { name, label } = indexedHead(file, layer, head, textOf);
      if (label) yield { part: name, sign: null, label };
    }
    for (let neuron = 0; neuron < neurons; neuron++) {
      const { name, sides } = indexedNeuron(file, layer, neuron, textOf);
      for (const { sign, label } of sides) if (label) yield { part: name, sign, label };
    }
  }
}

/** What an index is about, without its parts. */
export function infoOf({ header }: IndexFile): IndexInfo {
  const { model, layers, heads, neurons, corpus } = header;
  return { model, layers, heads, neurons, corpus };
}

function indexedNeuron(file: IndexFile, layer: number, index: number, textOf: TextOf): IndexedNeuron {
  const { mean, min, max, quantiles, ...raw } = file.neuron(layer, index);
  const sides = raw.sides.map(({ sign, frequency, contexts }) => {
    // A negative activation raises what a positive one lowers.
    const [up, down] = sign > 0 ? [raw.promotes, raw.suppresses] : [raw.suppresses, raw.promotes];
    const side = {
      sign,
      frequency,
      contexts: contexts.map((context) => contextOf(file, context, textOf)),
      promotes: effectsOf(up, textOf, sign),
      suppresses: effectsOf(down, textOf, sign),
    };
    return { ...side, label: neuronLabel(side) };
  });
  return {
    kind: 'neuron',
    name: neuronName(layer, index),
    layer,
    index,
    mean,
    min,
    max,
    quantiles: file.header.shares.map((share, at) => ({ share, value: quantiles[at]! })),
    sides,
  };
}

function indexedHead(file: IndexFile, layer: number, index: number, textOf: TextOf): IndexedHead {
  const raw = file.head(layer, index);
  const attention = Object.fromEntries(attended.map((kind, at) => [kind, raw.attention[at]!]));
  const head = {
    kind: 'head' as const,
    name: headName(layer, index),
    layer,
    index,
    scores: { layer, head: index, ...raw.scores },
    attention: attention as IndexedHead['attention'],
    entropy: raw.entropy,
    contexts: raw.contexts.map((context) => ({
      ...contextOf(file, context, textOf),
      read: textOfWindow(file, context.text, context.read, textOf),
      distance: context.peak - context.read.peak,
      strength: context.strength,
      promotes: effectsOf(context.promotes, textOf, 1),
    })),
  };
  return { ...head, label: headLabel(head) };
}

function contextOf(file: IndexFile, context: RawContext, textOf: TextOf): PartContext {
  const { text, line } = context;
  return { ...textOfWindow(file, text, context, textOf), file: file.fileOf(text), line };
}

function textOfWindow(file: IndexFile, text: number, window: RawWindow, textOf: TextOf): IndexedText {
  return {
    tokens: file.idsOf(text, window).map(textOf),
    values: window.values,
    peak: window.peak - window.start,
  };
}

function effectsOf(effects: readonly RawEffect[], textOf: TextOf, sign: 1 | -1): readonly TokenEffect[] {
  return effects.map(({ id, effect }) => ({ text: textOf(id), effect: sign * effect }));
}
