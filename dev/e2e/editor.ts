import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Decoration, EditorText } from './driver';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The middle of a text in the active editor, in page coordinates; waits up to 20 s for it to be drawn and to stand still. */
export async function locateText(page: Page, at: EditorText): Promise<Point> {
  let last: Point | null = null;
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
    const point = await page.evaluate(findText, at);
    if (point && last && point.x === last.x && point.y === last.y) return point;
    last = point;
  }
  throw new Error(`The editor shows no ${JSON.stringify(at)}; it shows:\n${await visibleText(page)}`);
}

/** Runs in the page. Monaco draws a line as spans with absolute positions and writes spaces as U+00A0. */
function findText(at: EditorText): Point | null {
  const code = '.monaco-editor[role="code"]';
  const editor =
    document.querySelector(`.editor-group-container.active ${code}`) ??
    document.querySelector(`.editor-group-container ${code}`);
  if (!editor) return null;
  const numbers = new Map<string, string>();
  for (const element of editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')) {
    const number = element.querySelector('.line-numbers')?.textContent;
    if (number) numbers.set(element.style.top, number);
  }
  for (const line of editor.querySelectorAll<HTMLElement>('.view-lines > .view-line')) {
    if (at.line !== undefined && numbers.get(line.style.top) !== String(at.line)) continue;
    const text = (line.textContent ?? '').replaceAll('\u00a0', ' ');
    let start = text.indexOf(at.text);
    for (let skip = at.occurrence ?? 0; skip > 0 && start >= 0; skip--)
      start = text.indexOf(at.text, start + 1);
    if (start < 0) continue;
    const range = document.createRange();
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    let offset = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.textContent?.length ?? 0;
      if (start >= offset && start < offset + length) range.setStart(node, start - offset);
      const end = start + at.text.length;
      if (end > offset && end <= offset + length) range.setEnd(node, end - offset);
      offset += length;
    }
    const box = range.getBoundingClientRect();
    if (box.width > 0) return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }
  return null;
}

/** The lines that editors show, in their order. */
export function visibleText(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.monaco-editor .view-line')]
      .sort((a, b) => Number.parseInt(a.style.top, 10) - Number.parseInt(b.style.top, 10))
      .map((line) => (line.textContent ?? '').replaceAll('\u00a0', ' '))
      .join('\n'),
  );
}

/** Every stretch of the active editor that carries a decoration type's style. */
export function readDecorations(page: Page): Promise<readonly Decoration[]> {
  return page.evaluate(() => {
    const code = '.monaco-editor[role="code"]';
    const editor =
      document.querySelector(`.editor-group-container.active ${code}`) ??
      document.querySelector(`.editor-group-container ${code}`);
    if (!editor) return [];
    const lines = [...editor.querySelectorAll<HTMLElement>('.view-lines > .view-line')];
    const numberAt = (top: string) => {
      const row = [...editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')].find(
        (element) => element.style.top === top,
      );
      return Number(row?.querySelector('.line-numbers')?.textContent ?? 0);
    };
    /** The text of the view line that lies under a rectangle drawn behind it. */
    const textUnder = (box: DOMRect) => {
      const line = lines.find((candidate) => {
        const { top, bottom } = candidate.getBoundingClientRect();
        return top <= box.top + 1 && bottom >= box.bottom - 1;
      });
      if (!line) return { text: '', line: 0 };
      let text = '';
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (let index = 0; index < (node.textContent?.length ?? 0); index++) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + 1);
          const { left, right } = range.getBoundingClientRect();
          if (left >= box.left - 1 && right <= box.right + 1) text += node.textContent?.[index];
        }
      }
      return { text: text.replaceAll('\u00a0', ' '), line: numberAt(line.style.top) };
    };
    return [...editor.querySelectorAll<HTMLElement>('[class*="ced-"]')]
      .filter((element) => element.closest('.view-overlays, .view-lines'))
      .map((element) => {
        const style = getComputedStyle(element);
        const underline = style.textDecorationLine === 'none' ? 'none' : style.textDecoration;
        const border = style.borderBottomWidth === '0px' ? 'none' : style.borderBottom;
        const outline = style.outlineStyle === 'none' ? 'none' : style.outline;
        const where = element.closest('.view-lines')
          ? {
              text: (element.textContent ?? '').replaceAll('\u00a0', ' '),
              line: numberAt((element.closest('.view-line') as HTMLElement | null)?.style.top ?? ''),
            }
          : textUnder(element.getBoundingClientRect());
        return { ...where, background: style.backgroundColor, underline, border, outline };
      });
  });
}
