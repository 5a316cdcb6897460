import assert from 'node:assert/strict';
import type { EditorText } from '../../../dev/e2e/driver';
import { page } from '../page';
import { eventually } from './eventually';

/** The hover over a token once the answer and its check are in it. */
export function answeredHover(at: EditorText): Promise<string> {
  return eventually(async () => {
    const text = await page.hover(at);
    assert.match(text, /Sources checked|did not hold/);
    return text;
  });
}
