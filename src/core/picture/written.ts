import type { ExportFormat, PanelCircuit } from '../circuitPanel';
import type { GraphView } from '../graphDocument';
import { exportGraph } from '../interchange/export';
import type { Drawn } from './drawn';
import { circuitMermaid } from './mermaid';
import { circuitSvg, type Palette } from './svg';
import { circuitText, type Extent } from './text';

/** What needs no browser to be made, and no other files. */
export type WrittenFormat = Exclude<ExportFormat, 'png' | 'html'>;

/** What is taken along of a circuit: by the panel as by the terminal. */
export interface Taken {
  readonly circuit: PanelCircuit;
  readonly view: GraphView;
  readonly drawn: Drawn;
  readonly extent: Extent;
}

/** A circuit in a format; SVG in the colours of a palette. */
export function writtenCircuit(
  format: WrittenFormat,
  { circuit, view, drawn, extent }: Taken,
  palette: Palette,
): string {
  const { picture, layout, context } = drawn;
  switch (format) {
    case 'words':
      return circuitText(picture, context, extent);
    case 'mermaid':
      return circuitMermaid(picture, context);
    case 'svg':
      return circuitSvg(picture, layout, context, palette);
    case 'json':
      return JSON.stringify(exportGraph({ ...circuit.document, view }, circuit.version));
  }
}
