// The parts of the loaded model for completion and hover in circuit files: what there is, its roles, its names by rule.
// The first question loads the model; whoever waits for it waits as long as people wait for a list, no longer.

import { checkPart } from '../../core/change/changePart';
import { partNamed } from '../../core/change/changeText';
import { partWords } from '../../core/change/changeWords';
import { asWhenceError } from '../../core/errors';
import { type HeadScores, headName, type ModelInfo, mlpName } from '../../core/model';
import { partInWords, partOf, roles, rolesOf } from '../../core/parts';
import type { Whence } from '../whence';

/** Milliseconds that a list or a hover waits for the model. */
const patience = 400;

export interface KnownParts {
  readonly model: ModelInfo;
  /** Null while the roles are being measured. */
  readonly scores: readonly HeadScores[] | null;
}

export class LoadedParts {
  #model: ModelInfo | null = null;
  #scores: { readonly sha256: string; readonly scores: readonly HeadScores[] } | null = null;
  #asking: Promise<void> | null = null;

  constructor(private readonly whence: Pick<Whence, 'engine' | 'parts' | 'log'>) {}

  /** What is known by now, or soon; null when the model is not loaded yet. Never rejects. */
  async known(): Promise<KnownParts | null> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([this.#asking, late]);
    clearTimeout(timer);
    const model = this.#model;
    return model && { model, scores: this.#scores?.sha256 === model.sha256 ? this.#scores.scores : null };
  }

  /** A part in a line: `layer 3, head 2; looks at the token before`. */
  describe(name: string, { scores }: KnownParts): string {
    const part = partOf(name);
    if (!part) return partWords(partNamed(name));
    const named = part.kind === 'head' ? rolesOf(scores, part.layer, part.head) : [];
    // A head's name in the index is its roles, where it has any.
    const label = named.length === 0 ? this.whence.parts.labelOf(name)?.text : undefined;
    return [partInWords(part), ...named.map((role) => roles[role].words), ...(label ? [label] : [])].join(
      '; ',
    );
  }

  async #ask(): Promise<void> {
    const { engine, parts, log } = this.whence;
    try {
      this.#model = await engine.load();
      const { sha256 } = this.#model;
      void parts.fetchNames();
      if (this.#scores?.sha256 === sha256) return;
      this.#scores = { sha256, scores: await engine.request('model/heads', {}) };
    } catch (thrown) {
      this.#model = null;
      log.warn(`The parts of the model are not known: ${asWhenceError(thrown).message}`);
    }
  }
}

/** Whether the model has a part: neurons too, which are too many to list. */
export function hasPart(model: ModelInfo, name: string): boolean {
  try {
    checkPart(partNamed(name), model);
    return true;
  } catch {
    return false;
  }
}

/** Every head, every MLP and every layer. */
export function partNames({ layers, heads, hasMlp }: ModelInfo): string[] {
  return Array.from({ length: layers }, (_, layer) => [
    ...Array.from({ length: heads }, (_, head) => headName(layer, head)),
    ...(hasMlp ? [mlpName(layer)] : []),
    `L${layer}`,
  ]).flat();
}
