import { nameToken, showShare, showSigned } from '../../core/display';
import type { Explanation } from '../../core/explanation';
import { spreadScores } from '../../core/granularity';
import { granularityWords } from '../../core/methodWords';
import { metricInWords } from '../../core/metricWords';
import type { PanelState } from '../../core/panel';
import { type Shade, sourceShades } from '../../core/shading';
import { type Fold, foldLines, lineScore, type Piece, type TextLine, textLines } from '../../core/textLines';
import { button, type Child, h } from '../dom';
import { type Post, signed } from '../pieces';

interface Drawing {
  readonly state: PanelState;
  readonly scores: ReadonlyMap<number, number>;
  /** By token, the score it is drawn with: its own, or that of the unit it is in. */
  readonly drawn: ReadonlyMap<number, number>;
  readonly shades: ReadonlyMap<number, Shade>;
  readonly strongestLine: number;
  readonly allLines: number;
  readonly post: Post;
}

/** The context as flowing text, shaded as in the editor, folded to the lines that matter, with a bar for each line. */
export function sourcesPicture(
  state: PanelState,
  explanation: Explanation,
  unfolded: boolean,
  unfold: () => void,
  post: Post,
): HTMLElement {
  const scores = new Map(explanation.sources.map((source) => [source.index, source.score]));
  const drawn = state.units ? spreadScores(state.units, state.tokens) : explanation.sources;
  const lines = textLines(state.tokens.slice(0, explanation.target.index + 1));
  const sums = lines.map((line) => lineScore(line, scores));
  const drawing: Drawing = {
    state,
    scores,
    drawn: new Map(drawn.map((source) => [source.index, source.score])),
    shades: sourceShades(drawn),
    strongestLine: Math.max(...sums.map(Math.abs)),
    allLines: sums.reduce((sum, value) => sum + Math.abs(value), 0),
    post,
  };
  const rows = unfolded ? lines : foldLines(lines, scores);
  return h(
    'div.sources.code',
    {
      attributes: { role: 'list', 'aria-label': 'Lines of the context', 'data-scroll': 'sources' },
      css: { '--digits': String(Math.max(...lines.map(({ line }) => line + 1))).length },
    },
    ...rows.map((row) => ('folded' in row ? foldRow(row, unfold) : lineRow(row, drawing))),
  );
}

/** Says how to read the shading that occurs. */
export function sourcesLegend({ units, tokens }: PanelState, explanation: Explanation): HTMLElement {
  const drawn = units ? spreadScores(units, tokens) : explanation.sources;
  const against = [...sourceShades(drawn).values()].some((shade) => shade < 0);
  return h(
    'p.legend',
    {},
    h('span.swatch.for5', {}, 'strong'),
    h('span.swatch.for3', {}, 'medium'),
    h('span.swatch.for1', {}, 'weak'),
    against ? h('span.swatch.against2', {}, 'spoke against it') : null,
  );
}

function foldRow(fold: Fold, unfold: () => void): HTMLElement {
  const count = fold.folded.length;
  const label = `⋯ ${count} more lines`;
  const key = `fold-${fold.folded[0]!.line}`;
  return h(
    'div.fold',
    { attributes: { role: 'listitem' } },
    button(label, unfold, { title: 'Show every line', 'data-key': key }, 'button.link'),
  );
}

function lineRow(line: TextLine, drawing: Drawing): HTMLElement {
  const { scores, post } = drawing;
  const score = lineScore(line, scores);
  const byStrength = [...line.starts].sort(
    (a, b) => Math.abs(scores.get(b) ?? 0) - Math.abs(scores.get(a) ?? 0),
  );
  const strongest = byStrength[0] ?? line.pieces[0]?.index;
  const shown = line.pieces.filter((piece) => !piece.special);
  const number = shown.length > 0 ? String(line.line + 1) : '';
  const summary = `line ${line.line + 1}: ${amount(score, drawing)}`;
  return h(
    'div.line',
    { attributes: { role: 'listitem' } },
    strongest === undefined || number === ''
      ? h('span.number', {}, number)
      : button(
          number,
          () => post({ type: 'reveal', index: strongest }),
          {
            title: `${summary}\nClick to show it in the editor`,
            'aria-label': `Show ${summary}`,
            'data-key': `line-${line.line}`,
          },
          'button.number',
        ),
    h('span.text', {}, ...line.pieces.map((piece) => pieceSpan(piece, drawing))),
    bar(score, drawing),
  );
}

function pieceSpan(piece: Piece, drawing: Drawing): Child {
  const { state, drawn, shades, post } = drawing;
  if (piece.index >= state.selected && piece.index < state.end) {
    return h(
      isIndent(piece.text) ? 'span.target.indent' : 'span.target',
      { attributes: { title: 'The token that is explained' } },
      unbroken(piece.text),
    );
  }
  const score = drawn.get(piece.index);
  const shade = shades.get(piece.index) ?? 0;
  const look = shade === 0 ? 'plain' : shade > 0 ? `for${shade}` : `against${-shade}`;
  const title = piece.special
    ? `${piece.text}, a mark that stands before every text`
    : nameToken(state.tokens[piece.index]?.text ?? piece.text);
  const classes = [
    look,
    piece.special ? 'special' : '',
    piece.stale ? 'stale' : '',
    isIndent(piece.text) ? 'indent' : '',
  ]
    .filter(Boolean)
    .join('.');
  const unit = state.units ? ` (its ${granularityWords[state.granularity]})` : '';
  const brought = score === undefined ? '' : `${unit}: ${amount(score, drawing)}`;
  return h(
    `span.${classes}`,
    {
      attributes: { title: `${title}${brought}` },
      on: { click: () => post({ type: 'reveal', index: piece.index }) },
    },
    unbroken(piece.text),
  );
}

/** How much a token or line brought: for experts in logits, else as a share of what all lines brought. */
function amount(score: number, { state, allLines }: Drawing): string {
  if (state.mode === 'expert') return `${showSigned(score)} logits`;
  const share = showShare(allLines > 0 ? Math.abs(score) / allLines : 0);
  return `${share} of what all lines brought, ${score < 0 ? 'against it' : 'for it'}`;
}

/** Indentation is drawn narrower than it is, and never broken, so that code fits into a narrow view. */
export function isIndent(text: string): boolean {
  return /^[ \t]{2,}$/.test(text);
}

export function unbroken(text: string): string {
  return isIndent(text) ? text.replaceAll('\t', '    ').replaceAll(' ', '\u00a0') : text;
}

/** A line's sum beside the strongest line's. */
function bar(score: number, drawing: Drawing): HTMLElement {
  const share = drawing.strongestLine > 0 ? Math.abs(score) / drawing.strongestLine : 0;
  const ofAll = drawing.allLines > 0 ? Math.abs(score) / drawing.allLines : 0;
  const logits = drawing.state.mode === 'expert' ? `${showSigned(score)} logits, ` : '';
  const title = `${logits}${showShare(ofAll)} of what all lines brought, for and against`;
  return h(
    'span.bar',
    { attributes: { title }, css: { '--share': share.toFixed(3) } },
    share < 0.02 ? null : h(score < 0 ? 'span.fill.against' : 'span.fill.for', {}),
    h('span.unseen', {}, amount(score, drawing)),
  );
}

/** How the tokens' scores and what no token accounts for add up. */
export function remainderLine(explanation: Explanation): HTMLElement {
  return h(
    'p.remainder',
    {},
    'Tokens ',
    signed(explanation.total - explanation.remainder, 'Sum over the tokens of the context'),
    ', not from any token ',
    signed(
      explanation.remainder,
      'What the method does not trace to a token: constants of the model; with the method direct, its MLPs too',
    ),
    ', together ',
    signed(explanation.total, metricInWords(explanation.contrast?.text ?? null)),
    '.',
  );
}
