import type { ToPanel } from '../../core/panel';
import { connectToToken } from '../memory';
import { emptyPage } from '../pieces';
import { type CircuitUi, circuitPanel, firstUi } from './panel';

const bridge = connectToToken<CircuitUi>(firstUi);
let { message, ui } = bridge.recalled;

const panel = circuitPanel(bridge.post, (next) => {
  ui = next;
  bridge.keep({ message, ui });
});

function show(next: ToPanel): void {
  if (next.type === 'show' && message?.type === 'show' && sameToken(message, next) === false) {
    ui = { ...ui, focus: null, pinned: [], view: null };
  }
  message = next;
  draw();
}

function sameToken(a: ToPanel & { type: 'show' }, b: ToPanel & { type: 'show' }): boolean {
  return a.state.record.id === b.state.record.id && a.state.selected === b.state.selected;
}

function draw(): void {
  if (!message) return;
  if (message.type === 'empty') {
    const page = emptyPage(message.message, bridge.post);
    document.body.replaceChildren(...(page ? [page] : []));
  } else {
    if (!panel.element.isConnected) document.body.replaceChildren(panel.element);
    panel.show(message.state, ui);
  }
  bridge.keep({ message, ui });
}

draw();
bridge.listen(show);
