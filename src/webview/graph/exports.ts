import type { ExportFormat } from '../../core/circuitPanel';
import { type Palette, paper } from '../../core/picture/svg';
import { type Taken, writtenCircuit } from '../../core/picture/written';

/** Device pixels for each unit of a picture that is saved as PNG. */
const sharpness = 2;
/** The longest side of a PNG, beyond which browsers paint nothing. */
const longestSide = 16_000;

/** What is copied or saved; null where the host makes it. */
export async function contentOf(format: ExportFormat, taken: Taken): Promise<string | null> {
  if (format === 'html') return null;
  const palette = paletteOf(document.body);
  return format === 'png'
    ? pngOf(writtenCircuit('svg', taken, palette))
    : writtenCircuit(format, taken, palette);
}

/** The colours of the theme; those for paper where one is missing. */
function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const of = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    background: of('--vscode-editor-background', paper.background),
    text: of('--vscode-editor-foreground', paper.text),
    dim: of('--dim', paper.dim),
    line: of('--line', paper.line),
    for: of('--for', paper.for),
    against: of('--against', paper.against),
    score: of('--score', paper.score),
    target: of('--vscode-whence-target', paper.target),
  };
}

/** Paints an SVG; base64. */
async function pngOf(svg: string): Promise<string> {
  const image = new Image();
  const bytes = new TextEncoder().encode(svg);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  image.src = `data:image/svg+xml;base64,${btoa(binary)}`;
  await image.decode();
  const scale = Math.min(sharpness, longestSide / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(image.width * scale);
  canvas.height = Math.ceil(image.height * scale);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').replace(/^[^,]*,/, '');
}
