import type { PanelChange } from '../../core/circuitPanel';
import type { GraphView } from '../../core/graphDocument';
import type { Drawn } from '../../core/picture/drawn';
import type { PictureNode } from '../../core/picture/picture';
import type { ShownCircuit } from './store';
import type { Tracing } from './title';

/** What the parts of the panel share. */
export interface Session {
  shown: ShownCircuit | null;
  /** As it was drawn last. */
  drawn: Drawn | null;
  /** Null when the circuit is whole. */
  tracing: Tracing | null;
  mode: 'plain' | 'expert';
  readonly steps: Steps;
}

/** A drawn node by its id. */
export function nodeOf({ drawn }: Session, id: string | null): PictureNode | undefined {
  return drawn?.picture.nodes.find((node) => node.id === id);
}

/** What can be undone: a view, or the changes before a step. */
export type Step = { readonly view: GraphView } | { readonly changes: readonly PanelChange[] };

const mostSteps = 100;

/** The last steps of the user, which can be undone in turn. */
export class Steps {
  #steps: Step[] = [];

  add(step: Step): void {
    this.#steps = [...this.#steps, step].slice(-mostSteps);
  }

  take(): Step | undefined {
    return this.#steps.pop();
  }

  clear(): void {
    this.#steps = [];
  }
}
