import type { AnswerPart } from '../core/answer';
import { showSigned, showToken } from '../core/display';
import type { FromPanel, PanelCommand, PanelState, PanelToken } from '../core/panel';
import { button, type Child, h } from './dom';

export type Post = (message: FromPanel) => void;

/** What a button that asks for a command sends; every panel's messages have it. */
type PostCommand = (message: Extract<FromPanel, { readonly type: 'command' }>) => void;

/** A token set as code, its spaces visible. */
export function tokenCode(text: string, title: string | null = null): HTMLElement {
  return h('code.token', { attributes: { title } }, showToken(text));
}

/** A value in logits with its unit in the title and a class by its sign. */
export function signed(value: number, what: string): HTMLElement {
  const attributes = { title: `${what}: ${showSigned(value)} logits` };
  return h(value < 0 ? 'span.signed.against' : 'span.signed.for', { attributes }, showSigned(value));
}

/** A sentence with its code set as code and its places as links; `key` tells it from others on the page. */
export function sentenceOf(parts: readonly AnswerPart[], key: string, post: Post): readonly Child[] {
  return parts.map((part, at) => {
    if (part.kind === 'words') return part.text;
    if (part.kind === 'code') return h('code.token', {}, part.text);
    const reveal = () => post({ type: 'reveal', index: part.index });
    const attributes = { title: 'Show in the editor', 'data-key': `${key}-${at}` };
    return button(part.text, reveal, attributes, 'button.link');
  });
}

/** A button that asks the host for a command. */
export function commandButton(
  label: string,
  command: PanelCommand,
  title: string,
  post: PostCommand,
  selector: 'button' | `button.${string}` = 'button.quiet',
): HTMLButtonElement {
  const key = `command-${command}`;
  return button(label, () => post({ type: 'command', command }), { title, 'data-key': key }, selector);
}

/** Says where a token stands: "line 4", or what a special token is. */
export function placeOf(token: PanelToken | undefined): string {
  if (!token) return 'outside the record';
  return token.special ? 'before the text' : `line ${token.line + 1}`;
}

/** Nothing to show: what to do first, and a button that does it. */
export function emptyPage(message: string, post: PostCommand): Child {
  return h(
    'main.empty',
    {},
    h('p', {}, message),
    commandButton(
      'Complete Here',
      'completeHere',
      'Let the model write at the cursor, and keep what can be explained of it',
      post,
      'button.primary',
    ),
  );
}

/** The question could not be answered: why, and where to read more unless the reason is the user's own edit. */
export function errorBox(state: PanelState, message: string, post: Post): HTMLElement {
  const stale = state.tokens[state.selected]?.stale ?? false;
  return h(
    'div.notice.error',
    { attributes: { role: 'alert' } },
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '✗'),
    h('p', {}, message),
    stale ? null : commandButton('Show Log', 'showLog', 'Open the log of Whence', post),
  );
}
