import type { ToPanel } from '../../core/panel';
import { h, replaceKeeping } from '../dom';
import { connectToToken } from '../memory';
import { emptyPage } from '../pieces';
import { showChosen } from './strip';
import { explanationView, firstUi, type ViewUi } from './view';

const bridge = connectToToken<ViewUi>(firstUi);
let { message, ui } = bridge.recalled;
let said: string | null = null;

const page = h('div.page', {});
const live = h('div.unseen', { attributes: { 'aria-live': 'polite' } });
document.body.append(page, live);

function show(next: ToPanel): void {
  const before = message?.type === 'show' ? message.state : null;
  message = next;
  if (next.type === 'show' && before && before.record.id !== next.state.record.id) {
    ui = { ...ui, unfolded: false, part: null };
  }
  draw();
  if (next.type === 'show' && next.state.asked?.progress && !before?.asked?.progress) window.scrollTo(0, 0);
  const selected = next.type === 'show' ? next.state.selected : null;
  if (selected !== before?.selected) showChosen(page);
}

function draw(): void {
  if (!message) return;
  if (message.type === 'empty') replaceKeeping(page, emptyPage(message.message, bridge.post));
  else replaceKeeping(page, ...explanationView(message.state, ui, change, bridge.post));
  announce();
  bridge.keep({ message, ui });
}

function change(part: Partial<ViewUi>): void {
  ui = { ...ui, ...part };
  draw();
}

/** Tells a screen reader the answer, once. */
function announce(): void {
  const sentence = message?.type === 'show' ? (message.state.answer?.sentence ?? null) : null;
  if (sentence === null || sentence === said) return;
  said = sentence;
  live.textContent = sentence;
}

draw();
bridge.listen(show);
