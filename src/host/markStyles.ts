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

const lines: Readonly<Record<Exclude<MarkName, 'target' | 'copied'>, Style>> = {
  source1: { color: source1, line: 'underline dotted 1px', tint: 6 },
  source2: { color: source2, line: 'underline dashed 1px', tint: 12 },
  source3: { color: source3, line: 'underline dashed 2px', tint: 18 },
  source4: { color: source4, line: 'underline solid 2px', tint: 22 },
  source5: { color: source5, line: 'underline solid 3px', tint: 28 },
  against1: { color: against1, line: 'overline dotted 1px', tint: 6 },
  against2: { color: against2, line: 'overline dashed 1px', tint: 14 },
  against3: { color: against3, line: 'overline solid 2px', tint: 24 },
  stale: { color: colors.stale, line: 'underline dotted 2px', tint: 0 },
};

/** Makes the decoration type of a mark. */
export function markStyle(name: MarkName): vscode.TextEditorDecorationType {
  if (name === 'target') {
    return vscode.window.createTextEditorDecorationType({
      ...boxed(colors.target, 'solid'),
      // The border lies under VS Code's own highlights, the line is drawn with the text.
      textDecoration: lined('underline double 1px', variable(colors.target)),
    });
  }
  if (name === 'copied') {
    return vscode.window.createTextEditorDecorationType({
      ...boxed(colors.copied, 'dashed'),
      overviewRulerColor: new vscode.ThemeColor(colors.copied),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    });
  }
  const { color, line, tint } = lines[name];
  const value = variable(color);
  return vscode.window.createTextEditorDecorationType({
    textDecoration: lined(line, value),
    ...(tint > 0 && { backgroundColor: `color-mix(in srgb, ${value} ${tint}%, transparent)` }),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    ...(name === 'source5' && {
      overviewRulerColor: new vscode.ThemeColor(color),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    }),
  });
}

/** What a scan marks: a name without support in a box of its own colour, a place where the model was torn under dots. */
export function scanStyle(name: 'torn' | 'unsupported'): vscode.TextEditorDecorationType {
  const color = colors[name];
  return vscode.window.createTextEditorDecorationType({
    ...(name === 'unsupported'
      ? { ...boxed(color, 'dashed'), textDecoration: lined('underline double 1px', variable(color)) }
      : { textDecoration: lined('underline dotted 2px', variable(color)) }),
    overviewRulerColor: new vscode.ThemeColor(color),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
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

function boxed(color: string, line: 'solid' | 'dashed'): vscode.DecorationRenderOptions {
  return {
    border: `1px ${line}`,
    borderColor: new vscode.ThemeColor(color),
    borderRadius: '2px',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

function lined(line: string, color: string): string {
  return `${line} ${color}; text-decoration-skip-ink: none`;
}

/** The CSS variable under which VS Code offers a theme colour where a ThemeColor is not taken. */
function variable(color: string): string {
  return `var(--vscode-${color.replaceAll('.', '-')})`;
}
