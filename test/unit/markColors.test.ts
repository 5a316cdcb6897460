import { ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';

type Kind = 'dark' | 'light' | 'highContrast' | 'highContrastLight';
type Color = { readonly id: string; readonly defaults: Readonly<Record<Kind, string>> };

/** Editor background and text of VS Code's own themes of each kind (Dark Modern and Dark+, Light Modern, high contrast). */
const themes: readonly { readonly kind: Kind; readonly background: string; readonly text: string }[] = [
  { kind: 'dark', background: '#1f1f1f', text: '#cccccc' },
  { kind: 'dark', background: '#1e1e1e', text: '#d4d4d4' },
  { kind: 'light', background: '#ffffff', text: '#3b3b3b' },
  { kind: 'light', background: '#f5f5f5', text: '#333333' },
  { kind: 'highContrast', background: '#000000', text: '#ffffff' },
  { kind: 'highContrastLight', background: '#ffffff', text: '#292929' },
];

/** The tint of the strongest background, in markStyles.ts. */
const tint = Math.max(
  ...[...readFileSync('src/host/markStyles.ts', 'utf8').matchAll(/tint: (\d+)/g)].map(
    (found) => Number(found[1]) / 100,
  ),
);

function channels(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

/** Relative luminance, WCAG 2.1. */
function luminance(rgb: readonly number[]): number {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

describe('colours of the marks', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    contributes: { colors: readonly Color[] };
  };

  for (const { kind, background, text } of themes) {
    it(`stand out from ${background} and leave ${text} readable (${kind})`, () => {
      for (const { id, defaults } of manifest.contributes.colors) {
        const color = channels(defaults[kind]);
        const paper = channels(background);
        ok(contrast(color, paper) >= 3, `${id} on ${background}: ${contrast(color, paper).toFixed(2)}`);
        if (!/source|against/.test(id)) continue;
        const tinted = paper.map((value, i) => value + tint * (color[i]! - value));
        const readable = contrast(channels(text), tinted);
        ok(readable >= 4.5, `${text} on ${id} over ${background}: ${readable.toFixed(2)}`);
      }
    });
  }
});
