import type { ChangeOutcome, CircuitTrial, FromCircuitPanel, PanelChange } from '../../core/circuitPanel';
import { predictionNote } from '../../core/picture/words';
import { h, replaceKeeping } from '../dom';
import { type ChangeOptions, changeOptions, firstOptions } from './options';
import { nodeOf, type Session } from './session';
import { howInWords, strip } from './strip';

export interface Experiments {
  readonly element: HTMLElement;
  /** Changes a part, or puts it back where that very change is in force. */
  change(id: string, how: PanelChange['how']): void;
  /** Asks for these changes in place of those in force. */
  apply(changes: readonly PanelChange[]): void;
  /** Keeps only what is drawn. */
  test(): void;
  /** What stands on a node that is changed; null on all others. */
  badge(id: string): string | null;
  /** The choices of how to change. */
  options(): HTMLElement;
  changed(outcome: ChangeOutcome): void;
  tested(trial: CircuitTrial): void;
  busy(doing: string | null, problem: string | null): void;
  /** Forgets everything: another circuit is shown. */
  clear(): void;
  show(): void;
}

/** What is done to the model and what came of it. `undo` takes back the last step, `marked` is told when marks change. */
export function experiments(
  session: Session,
  post: (message: FromCircuitPanel) => void,
  events: { readonly undo: () => void; readonly marked: () => void },
): Experiments {
  const element = h('div.strip-box', {});
  let options: ChangeOptions = firstOptions;
  let outcome: ChangeOutcome | null = null;
  let trial: CircuitTrial | null = null;
  let doing: string | null = null;
  let problem: string | null = null;

  const changeable = (id: string): readonly string[] => {
    const node = nodeOf(session, id);
    return node && session.shown ? session.shown.changeable(node) : [];
  };

  function request(changes: readonly PanelChange[]): void {
    post({ type: 'change', changes, freezeAttention: options.freezeAttention });
  }

  function step(changes: readonly PanelChange[]): void {
    session.steps.add({ changes: outcome?.changes ?? [] });
    request(changes);
  }

  function show(): void {
    const { shown, mode } = session;
    const state = {
      outcome,
      trial,
      doing,
      problem,
      mode,
      target: shown?.circuit.subject.target ?? null,
      nameOf: (id: string) => shown?.nameOf(id) ?? id,
      predictionNote: (changes: readonly PanelChange[]) =>
        shown
          ? predictionNote(
              shown.circuit.document.graph,
              changes.flatMap(({ nodes }) => nodes),
            )
          : '',
    };
    const actions = {
      undo: events.undo,
      undoAll: () => step([]),
      stop: () => post({ type: 'stop' }),
      dismiss: () => {
        problem = null;
        trial = null;
        show();
      },
    };
    replaceKeeping(element, ...strip(state, actions));
  }

  return {
    element,
    change(id, how) {
      const nodes = changeable(id);
      if (!session.shown?.circuit.live || session.tracing || nodes.length === 0) return;
      const now = outcome?.changes ?? [];
      const wanted = how.kind === 'scale' ? how : { kind: options.cut };
      const same = (each: PanelChange) => each.nodes.join() === nodes.join();
      const again = now.some((each) => same(each) && JSON.stringify(each.how) === JSON.stringify(wanted));
      const others = now.filter((each) => !same(each));
      step(again ? others : [...others, { nodes, how: wanted, everywhere: options.everywhere }]);
    },
    apply: request,
    test() {
      const nodes = session.drawn?.picture.nodes.flatMap(({ id }) => changeable(id)) ?? [];
      post({ type: 'test', nodes });
    },
    badge(id) {
      const members = outcome && outcome.changes.length > 0 ? changeable(id) : [];
      const found = outcome?.changes.find(({ nodes }) => members.some((member) => nodes.includes(member)));
      if (!found) return null;
      return found.how.kind === 'scale' ? howInWords(found.how, session.mode) : '✂';
    },
    options: () =>
      changeOptions(options, (next) => {
        options = next;
      }),
    changed(next) {
      [outcome, doing, problem] = [next, null, null];
      show();
      events.marked();
    },
    tested(next) {
      [trial, doing, problem] = [next, null, null];
      show();
    },
    busy(now, why) {
      [doing, problem] = [now, why];
      show();
    },
    clear() {
      [outcome, trial, doing, problem] = [null, null, null, null];
    },
    show,
  };
}
