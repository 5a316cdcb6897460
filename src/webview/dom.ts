/** What may stand inside an element: text is always text, never parsed. */
export type Child = Node | string | null;

/** Attributes, by name; null and false leave one out, true sets an empty one. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

export interface Options {
  readonly attributes?: Attributes;
  /** CSS custom properties, set through the object model because the policy forbids style attributes. */
  readonly css?: Readonly<Record<`--${string}`, string | number>>;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

/** An HTML element with its classes, options and children: `h('button.primary', { on: { click } }, 'Complete Here')`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  selector: K | `${K}.${string}`,
  options: Options,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const [tag, ...classes] = selector.split('.') as [K, ...string[]];
  return furnish(document.createElement(tag), classes, options, children);
}

/** An SVG element, likewise. */
export function svg<K extends keyof SVGElementTagNameMap>(
  selector: K | `${K}.${string}`,
  options: Options,
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const [tag, ...classes] = selector.split('.') as [K, ...string[]];
  return furnish(document.createElementNS('http://www.w3.org/2000/svg', tag), classes, options, children);
}

function furnish<E extends HTMLElement | SVGElement>(
  element: E,
  classes: readonly string[],
  options: Options,
  children: readonly Child[],
): E {
  element.classList.add(...classes);
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, value] of Object.entries(options.css ?? {})) {
    element.style.setProperty(name, String(value));
  }
  for (const [name, listener] of Object.entries(options.on ?? {})) {
    element.addEventListener(name, listener as EventListener);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that does something; `title` says what, for the pointer. */
export function button(
  label: string,
  click: () => void,
  attributes: Attributes = {},
  selector: 'button' | `button.${string}` = 'button',
): HTMLButtonElement {
  return h(selector, { attributes: { type: 'button', ...attributes }, on: { click } }, label);
}

/**
 * Replaces what a container shows and keeps what the user was doing in it: the element with the focus is found again by
 * its `data-key`, and scrolled boxes by theirs.
 */
export function replaceKeeping(container: HTMLElement, ...children: readonly Child[]): void {
  const focused = container.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const scrolled = [...container.querySelectorAll('[data-scroll]')].map(
    (box) => [box.getAttribute('data-scroll')!, box.scrollLeft, box.scrollTop] as const,
  );
  const [left, top] = [window.scrollX, window.scrollY];
  container.replaceChildren(...children.filter((child) => child !== null));
  for (const [key, x, y] of scrolled) {
    container.querySelector(`[data-scroll="${CSS.escape(key)}"]`)?.scrollTo(x, y);
  }
  window.scrollTo(left, top);
  if (focused) focusKey(container, focused);
}

/** Puts the focus on the element with this `data-key`. */
function focusKey(container: ParentNode, key: string): void {
  const found = container.querySelector<HTMLElement | SVGElement>(`[data-key="${CSS.escape(key)}"]`);
  found?.focus({ preventScroll: true });
}

function keyOf(element: Element | null): string | null {
  return element?.getAttribute('data-key') ?? null;
}

/** The step that an arrow key asks for in a row of things, or null: Home and End are infinitely far. */
export function arrowStep(key: string, back: readonly string[], on: readonly string[]): number | null {
  if (back.includes(key)) return -1;
  if (on.includes(key)) return 1;
  if (key === 'Home') return Number.NEGATIVE_INFINITY;
  if (key === 'End') return Number.POSITIVE_INFINITY;
  return null;
}
