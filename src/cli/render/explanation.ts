import type { Answer } from '../../core/answer';
import { nameToken, showProbability, showRank, showSigned } from '../../core/display';
import type { Explanation } from '../../core/explanation';
import type { Granularity, ScoredUnit } from '../../core/granularity';
import type { HeadScores } from '../../core/model';
import type { Paraphrase } from '../../core/paraphrase';
import { roles } from '../../core/parts';
import { spanText } from '../../core/spanSentence';
import type { Style } from '../style';
import { padEnd, widthOf } from '../style';
import { renderComponents, renderNeurons } from './components';
import { renderParaphrase } from './paraphrase';
import { renderSource } from './source';
import { renderUnits } from './units';
import { visible } from './visible';

export interface Rendering {
  readonly explanation: Explanation;
  readonly answer: Answer;
  readonly headScores: readonly HeadScores[] | null;
  /** The prompt, into which the tokens' offsets point. */
  readonly text: string;
  /** The sources at a coarser granularity than tokens; null where that was not asked for. */
  readonly summed: { readonly granularity: Granularity; readonly units: readonly ScoredUnit[] } | null;
  /** Null where it was not asked for. */
  readonly paraphrase: Paraphrase | null;
  readonly style: Style;
  readonly width: number;
}

/** An explanation for a terminal: the answer first, then where it came from, through what, and whether it was checked. */
export function renderExplanation({
  explanation,
  answer,
  headScores,
  text,
  summed,
  paraphrase,
  style,
  width,
}: Rendering): string {
  const { target, span, contrast, model } = explanation;
  const against = contrast ? ` rather than ${style.code(named(contrast.text))}` : '';
  const asked = span ? spanText(span) : target.text;
  const certainty = span
    ? `${span.length} tokens, p ${showProbability(Math.min(...span.map(({ probability }) => probability)))} or more each`
    : `p ${showProbability(target.probability)} · ${showRank(target.rank)} · ${answer.confidence}`;
  const section = (title: string, remark: string, rows: readonly string[]) =>
    rows.length === 0
      ? []
      : ['', `${style.strong(title)}  ${style.faint(remark)}`, ...rows.map((row) => `  ${row}`)];
  return [
    `Why ${style.target(named(asked))}${against}?  ${style.faint(`${certainty} · ${model.id}, ${model.precision}`)}`,
    ...answerLines(answer, style, width),
    ...(answer.unsupported
      ? wrapped([{ text: `⚠ ${visible(answer.unsupported)}`, paint: style.bad }], width)
      : []),
    ...(answer.check ? checkLines(explanation, answer.check, style, width) : []),
    ...section(
      'Sources',
      `what each token brought, by ${explanation.method}, stronger ▒▓█; against it -~≈`,
      renderSource(explanation, text, style, width - 2),
    ),
    ...(summed
      ? section(
          `By ${summed.granularity}`,
          'what each brought, summed over its tokens, in logits',
          renderUnits(summed.units, text, style),
        )
      : []),
    ...section(
      'Tokens',
      'what each is, with its share of the lead, and where it came from',
      spanRows(explanation, style),
    ),
    ...section('Instead', 'what else it could have been', span ? [] : [instead(explanation, style)]),
    ...section('Components', componentsRemark(explanation), [
      ...renderComponents(explanation, headScores, style),
      ...(headScores ? [style.faint(legend)] : []),
    ]),
    ...section('Neurons', componentsRemark(explanation), renderNeurons(explanation, style)),
    ...section(
      'Layer by layer',
      'the first choice so far, and the rank of this token',
      lens(explanation, style),
    ),
    ...(paraphrase
      ? section(
          'Paraphrase',
          'whether the same sources bring it when the program is written otherwise',
          renderParaphrase(paraphrase, style),
        )
      : []),
    ...section('Checks', 'the sums that must hold', checks(explanation, style)),
    ...section('Mind', 'when these numbers mislead', warnings(explanation, style, width)),
    '',
  ].join('\n');
}

/** A row for each token of a span. */
function spanRows({ span }: Explanation, style: Style): string[] {
  return (span ?? []).map(({ index, text, probability, value, origin }) => {
    const from = origin.kind === 'copied' ? ` from token ${origin.from}` : '';
    const figures = `p ${showProbability(probability)}  ${showSigned(value).padStart(7)}`;
    return `${String(index).padStart(4)} ${padEnd(named(text), 22)}${figures}  ${style.faint(`${origin.kind}${from}`)}`;
  });
}

function componentsRemark({ total, components, metric }: Explanation): string {
  const whole = metric === 'logProbability' ? 'log-probability' : 'lead';
  const through = components.some((component) => component.total !== null) ? ', then through all paths' : '';
  return `what each part added directly to its ${whole} of ${showSigned(total)}, in logits${through}`;
}

function warnings({ warnings: sentences }: Explanation, style: Style, width: number): string[] {
  return sentences.flatMap((sentence) =>
    wrapped([{ text: sentence, paint: style.faint }], width).map((line) => line.trimStart()),
  );
}

function named(text: string): string {
  return visible(nameToken(text));
}

function answerLines({ parts }: Answer, style: Style, width: number): string[] {
  const paint = { words: (text: string) => text, code: style.code, place: style.strong };
  return wrapped(
    parts.map(({ kind, text }) => ({ text: visible(text), paint: paint[kind] })),
    width,
  );
}

function checkLines({ verification }: Explanation, check: string, style: Style, width: number): string[] {
  const mark = verification?.holds ? { text: '✓ ', paint: style.good } : { text: '✗ ', paint: style.bad };
  return wrapped([mark, { text: check, paint: (text) => text }], width);
}

interface Stretch {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** Stretches as indented lines of at most the width, broken at spaces. */
function wrapped(stretches: readonly Stretch[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text, paint } of stretches) {
    for (const word of text.split(/(?<= )/)) {
      if (used > 0 && used + widthOf(word.trimEnd()) > width - indent.length) {
        lines.push(indent + line.trimEnd());
        line = '';
        used = 0;
      }
      line += paint(word);
      used += widthOf(word);
    }
  }
  return [...lines, indent + line];
}

const indent = '  ';

const legend = `heads: ${Object.entries(roles)
  .map(([role, { letter }]) => `${letter} ${role}`)
  .join(', ')}`;

function instead({ target }: Explanation, style: Style): string {
  return target.alternatives
    .filter(({ id }) => id !== target.id)
    .slice(0, 5)
    .map(({ text, probability }) => `${style.code(named(text))} ${showProbability(probability)}`)
    .join('   ');
}

function lens({ lens: steps, settled }: Explanation, style: Style): string[] {
  return steps.map(({ depth, top, rank, probability }) => {
    const place =
      depth === 0 ? 'embedding' : depth === steps.length - 1 ? 'output' : `after layer ${depth - 1}`;
    const mark = depth === settled ? style.good('  ← settled from here on') : '';
    const own = rank === 1 ? '1st' : showRank(rank).replace(' choice', '');
    return `${place.padEnd(14)}${padEnd(named(top.text), 22)}${showProbability(top.probability).padStart(6)}   ${own.padStart(7)} ${showProbability(probability).padStart(6)}${mark}`;
  });
}

function checks({ checks: identities }: Explanation, style: Style): string[] {
  return identities.map(
    ({ name, value, limit, holds }) =>
      `${holds ? style.good('✓') : style.bad('✗')} ${name}  ${style.faint(`${value.toExponential(1)}, at most ${limit.toExponential(0)}`)}`,
  );
}
