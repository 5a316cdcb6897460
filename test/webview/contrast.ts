import type { Page } from 'playwright-core';

/** A text that is hard to read, with its contrast (WCAG 2.2, 1.4.3). */
export interface FaintText {
  readonly text: string;
  readonly where: string;
  readonly contrast: number;
}

/** Every visible text of the page whose contrast with what lies behind it is below `least`. */
export function faintTexts(page: Page, least: number): Promise<readonly FaintText[]> {
  return page.evaluate(measure, least);
}

/** Runs in the page. Layers are painted on a canvas, so that any notation and any transparency of a colour counts. */
function measure(least: number): FaintText[] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const paint = (color: string, opacity: number) => {
    context.globalAlpha = opacity;
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
  };
  const luminance = () => {
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const faint: FaintText[] = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent!.trim())
      .join('');
    const box = element.getBoundingClientRect();
    if (
      text === '' ||
      box.width <= 1 ||
      box.height <= 1 ||
      !element.checkVisibility({ visibilityProperty: true })
    )
      continue;
    const layers: Element[] = [];
    for (let at: Element | null = element; at; at = at.parentElement) layers.unshift(at);
    let opacity = 1;
    context.globalAlpha = 1;
    for (const layer of layers) {
      const style = getComputedStyle(layer);
      opacity *= Number(style.opacity);
      paint(style.backgroundColor, opacity);
    }
    const behind = luminance();
    const style = getComputedStyle(element);
    paint(element instanceof SVGElement ? style.fill : style.color, opacity);
    const front = luminance();
    const contrast = (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
    if (contrast < least) {
      faint.push({ text, where: `${element.tagName}.${element.getAttribute('class') ?? ''}`, contrast });
    }
  }
  return faint;
}
