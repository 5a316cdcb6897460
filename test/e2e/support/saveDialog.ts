import assert from 'node:assert/strict';
import { basename, extname } from 'node:path';
import { page } from '../page';
import { eventually } from './eventually';

const widget = '.quick-input-widget';
const input = `${widget} .quick-input-box input`;

interface Box {
  readonly open: boolean;
  readonly value: string;
  /** What of the value is selected. */
  readonly selected: string;
}

async function box(): Promise<Box> {
  return (await page.evaluate(`(() => {
    const { value, selectionStart, selectionEnd } = document.querySelector('${input}') ?? { value: '' };
    const open = Boolean(document.querySelector('${widget}')?.checkVisibility());
    return { open, value, selected: value.slice(selectionStart, selectionEnd) };
  })()`)) as Box;
}

/** @throws when the dialog is open after that time still */
function closed(limitMs: number): Promise<void> {
  return eventually(async () => {
    const { open, value } = await box();
    assert.ok(!open, `the save dialog is open still, with ${value}`);
  }, limitMs);
}

/**
 * Answers the save dialog that a command has opened or is about to open: a quick input with a path in it, which reads
 * folders while one types. Until it has read the first one it puts its own name and selection back, so what is typed before
 * is lost in part: it is ready when it has selected the proposed name up to its ending. The new path then comes in one go,
 * not key by key, since it completes what begins like a folder. Enter leads into the path's folder as long as that has not
 * been read, and saves only then: so it is pressed again while the dialog is open.
 */
export async function saveAs(path: string): Promise<void> {
  await eventually(async () => {
    const { open, value, selected } = await box();
    const name = basename(value);
    assert.ok(open && selected !== '' && selected === name.slice(0, -extname(name).length), value);
  });
  await eventually(async () => {
    const { open, value } = await box();
    if (!open) return;
    if (value !== path) await page.fill(input, path);
    await page.press('Enter');
    await closed(1000);
  });
}
