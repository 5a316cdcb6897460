import assert from 'node:assert/strict';

type Rgb = readonly [number, number, number];

/** The first colour in a computed CSS value, such as `underline solid rgb(1, 2, 3)`, laid over what is behind it. */
export function colorIn(css: string, behind: Rgb = [0, 0, 0]): Rgb {
  const match = /rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)/.exec(css);
  assert.ok(match, `no colour in ${css}`);
  const opacity = Number(match[4] ?? 1);
  const over = (channel: 0 | 1 | 2) => Number(match[channel + 1]) * opacity + behind[channel] * (1 - opacity);
  return [over(0), over(1), over(2)];
}

/** Contrast of two colours, from 1 to 21, as WCAG 2.1 defines it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
