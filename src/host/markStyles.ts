// How marks look. Colour never speaks alone: the steps differ in their underlines too, so that they can be told apart in
// black and white. What speaks for a token is underlined; what speaks against it has its line above the text, since a
// wavy one below is what linters draw; the explained token has a border.

import * as vscode from 'vscode';
import type { MarkName } from '../core/marks';
import { colors } from './manifest';

interface Style {
  readonly color: string;
  /** CSS of the line before its colour, and where it runs. */
  readonly line: string;
  /** Percent of the colour in the background: little enough that the text stays readable in every theme. */
  readonly tint: number;
}

const [source1, source2, source3, source4, source5] = colors.source;
const [against1, against2, against3] = colors.against;

const underlined: Readonly<Record<Exclude<MarkName, 'target'>, Style>> = {
  source1: { color: source1, line: 'dotted 1px', tint: 6 },
  source2: { color: source2, line: 'dashed 1px', tint: 12 },
  source3: { color: source3, line: 'dashed 2px', tint: 18 },
  source4: { color: source4, line: 'solid 2px', tint: 22 },
  source5: { color: source5, line: 'solid 3px', tint: 28 },
  against1: { color: against1, line: 'dotted 1px', tint: 6 },
  against2: { color: against2, line: 'dashed 1px', tint: 14 },
  against3: { color: against3, line: 'solid 2px', tint: 24 },
  stale: { color: colors.stale, line: 'dotted 2px', tint: 0 },
};

/** Makes the decoration type of a mark. */
export function markStyle(name: MarkName): vscode.TextEditorDecorationType {
  if (name === 'target') {
    return vscode.window.createTextEditorDecorationType({
      // The border lies under VS Code's own highlights, the line is drawn with the text.
      textDecoration: underline('double 1px', variable(colors.target)),
      border: '1px solid',
      borderColor: new vscode.ThemeColor(colors.target),
      borderRadius: '2px',
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    });
  }
  const { color, line, tint } = underlined[name];
  const value = variable(color);
  return vscode.window.createTextEditorDecorationType({
    textDecoration: underline(line, value),
    ...(tint > 0 && { backgroundColor: `color-mix(in srgb, ${value} ${tint}%, transparent)` }),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    ...(name === 'source5' && {
      overviewRulerColor: new vscode.ThemeColor(color),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    }),
  });
}

/** The thin bar before lines that hold generated text. */
export function freshStyle(): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderWidth: '0 0 0 2px',
    borderStyle: 'solid',
    borderColor: new vscode.ThemeColor(colors.fresh),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function underline(line: string, color: string): string {
  return `underline ${line} ${color}; text-decoration-skip-ink: none`;
}

/** The CSS variable under which VS Code offers a theme colour where a ThemeColor is not taken. */
function variable(color: string): string {
  return `var(--vscode-${color.replaceAll('.', '-')})`;
}
