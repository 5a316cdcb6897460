import type { HeadScores } from '../../core/model';
import { identityOf } from '../../core/model';
import type { RawHead, RawIndex, RawNeuron } from '../../core/partIndex/format';
import { blockHooks, hookOf, layersOf, postNormsOf } from '../explain/trace';
import type { Model } from '../model';
import { Surroundings } from './attended';
import type { Corpus } from './corpus';
import { lastScale, type MeanInverses } from './effects';
import { HeadStats, type KeptHeadContext } from './headStats';
import { NeuronStats, quantileShares } from './neuronStats';

/** Sizes that only a run tells. */
export interface PartSizes {
  readonly headSize: number;
  /** Neurons of a layer; 0 for models without MLPs. */
  readonly neurons: number;
}

/** What each part promotes, as it is found after the texts. */
export interface Promoted {
  readonly neurons: ReadonlyMap<number, Pick<RawNeuron, 'promotes' | 'suppresses'>>;
  /** By head, by context. */
  readonly heads: ReadonlyMap<number, readonly RawHead['contexts'][number]['promotes'][]>;
}

/** All that was measured so far: it grows with the number of parts, never with the number of texts. */
export class IndexState {
  readonly #neurons: readonly NeuronStats[];
  readonly #heads: readonly HeadStats[];
  /** By norm, the sum of one over its denominator. */
  readonly #norms: readonly string[];
  readonly #inverses: Float64Array;
  /** Tokens so far. */
  readonly #count = new Float64Array(1);
  #whole = true;

  constructor(
    private readonly model: Model,
    private readonly corpus: Corpus,
    readonly sizes: PartSizes,
  ) {
    const { layers, heads } = model.info;
    const times = <T>(make: () => T) => Array.from({ length: layers }, make);
    this.#neurons = sizes.neurons > 0 ? times(() => new NeuronStats(sizes.neurons)) : [];
    this.#heads = times(() => new HeadStats(heads, sizes.headSize));
    this.#norms = [...postNormsOf(model).values(), ...model.hookNames.filter((hook) => hook === lastScale)];
    this.#inverses = new Float64Array(this.#norms.length);
  }

  /** Everything there is to keep, in the order in which it is put back. */
  get arrays(): readonly (Float32Array | Float64Array | Int32Array | Uint32Array)[] {
    const stats = [...this.#neurons, ...this.#heads];
    return [this.#count, this.#inverses, ...stats.flatMap(({ arrays }) => arrays)];
  }

  /** One over the denominator of each norm whose denominator matters, as means over the corpus. */
  get means(): MeanInverses {
    return new Map(this.#norms.map((hook, index) => [hook, this.#inverses[index]! / this.#count[0]!]));
  }

  /** False while a text is taken in, and for good when that failed: then the numbers are of no text's end. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Runs text `number` and takes in what every part did. */
  async read(number: number, signal?: AbortSignal): Promise<void> {
    const { model, corpus } = this;
    const text = corpus.texts[number]!;
    const layers = layersOf(model);
    const { hooks } = await model.forward({
      ids: [[...text.ids]],
      hooks: [
        ...this.#norms,
        ...layers.flatMap((layer) => [
          blockHooks.pattern(layer),
          blockHooks.value(layer),
          blockHooks.z(layer),
          ...(this.sizes.neurons > 0 ? [blockHooks.neurons(layer)] : []),
        ]),
      ],
      logits: 'none',
      signal,
    });
    this.#whole = false;
    const around = new Surroundings(text, (id) => model.tokenizer.textOf(id));
    for (const layer of layers) {
      this.#neurons[layer]?.add(hookOf(hooks, blockHooks.neurons(layer)), number, corpus.texts);
      const values = {
        pattern: hookOf(hooks, blockHooks.pattern(layer)),
        value: hookOf(hooks, blockHooks.value(layer)),
        z: hookOf(hooks, blockHooks.z(layer)),
      };
      this.#heads[layer]!.add(values, number, corpus.texts, around);
    }
    for (const [index, norm] of this.#norms.entries()) {
      const { data } = hookOf(hooks, norm);
      for (let at = text.first; at < text.ids.length; at++) this.#inverses[index]! += 1 / data[at]!;
    }
    this.#count[0]! += text.ids.length - text.first;
    this.#whole = true;
  }

  /** The contexts of a head, with the vector of what it read in each. */
  keptOf(layer: number, head: number): readonly KeptHeadContext[] {
    return this.#heads[layer]!.kept(head, this.corpus.texts);
  }

  /** The whole index. @param promoted by layer */
  index(scores: readonly HeadScores[], promoted: readonly Promoted[]): RawIndex {
    const { model, corpus, sizes } = this;
    const { layers, heads } = model.info;
    const count = this.#count[0]!;
    return {
      header: {
        model: identityOf(model.info),
        layers,
        heads,
        neurons: sizes.neurons,
        corpus: corpus.described,
        files: corpus.files,
        shares: quantileShares,
      },
      texts: corpus.texts,
      neuron: (layer, index) => ({
        ...this.#neurons[layer]!.neuron(index, count, corpus.texts),
        ...promoted[layer]!.neurons.get(index)!,
      }),
      head: (layer, index) => {
        const { contexts, ...measured } = this.#heads[layer]!.head(index, count, corpus.texts);
        const effects = promoted[layer]!.heads.get(index)!;
        return {
          ...measured,
          scores: scores.find((score) => score.layer === layer && score.head === index)!,
          contexts: contexts.map(({ vector: _, ...context }, at) => ({ ...context, promotes: effects[at]! })),
        };
      },
    };
  }
}

/** The sizes of a model's parts; that of a head from a run of one token. */
export async function sizesOf(model: Model, signal?: AbortSignal): Promise<PartSizes> {
  const hook = blockHooks.z(0);
  const { hooks } = await model.forward({ ids: [[0]], hooks: [hook], logits: 'none', signal });
  return { headSize: hookOf(hooks, hook).dims[3]!, neurons: model.info.neurons };
}
