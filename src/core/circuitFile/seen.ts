import type { Explanation, HeadTrace } from '../explanation';
import { type HeadScores, headName } from '../model';
import { originOf } from '../origin';
import { partOf, rolesOf } from '../parts';
import type { TextRange } from '../text';
import { wordsIn } from '../words';
import { quoted } from './lexer';
import { lineAt } from './spans';

/** An explained token, of which a circuit file is to be written. */
export interface Seen {
  /** What the file is called. */
  readonly name: string;
  /** The explanation in a sentence. */
  readonly description: string;
  /** As the language names it; null for the embedded model. */
  readonly model: string | null;
  readonly language: string | null;
  readonly prompt: string;
  readonly answer: string;
  readonly contrast: string | null;
  readonly explanation: Explanation;
  /** Where each token of the context stands in the prompt. */
  readonly tokens: readonly TextRange[];
  readonly headScores: readonly HeadScores[] | null;
}

/** Something to be measured and then stated with a bound. */
export interface Statement {
  /** Without `expect` and the bound: `direct effect of writers`. */
  readonly subject: string;
  /** `least` and `most` are sides of a bound; `rank` is stated as it is; `is` has no bound. */
  readonly side: 'least' | 'most' | 'rank' | 'is';
  /** What falls short of this is not worth stating. */
  readonly worth: number;
}

/** What a file will state, in the order of reading. */
export interface Outline {
  readonly groups: readonly (readonly [name: string, parts: readonly string[]])[];
  /** What the model says, and where it has it from. */
  readonly said: readonly Statement[];
  /** The parts that bring it. */
  readonly brought: readonly Statement[];
  /** What happens without them… */
  readonly without: readonly Statement[];
  /** …and without as many others of their layers; null where there are not as many. */
  readonly control: Statement | null;
}

/** At most so many parts make the group; each brings at least so much of what the strongest brings. */
const mostParts = 4;
const partShare = 0.3;
/** In logits: a part that brings less explains little. */
const leastDirect = 0.3;
/** Heads of which it is said where they look. */
const mostLooks = 2;
const mostPlaces = 2;

const writers = 'writers';
const others = 'others';

/** Chooses what a circuit file says of an explained token: what is strong enough to be seen again. */
export function outlineOf(seen: Seen): Outline {
  const { explanation, contrast, headScores } = seen;
  const parts = strongest(explanation);
  const control = othersOf(parts, explanation);
  const heads = parts.flatMap((name) => {
    const part = partOf(name);
    return part?.kind === 'head' ? [part] : [];
  });
  const metric = contrast === null ? 'logit' : 'logit difference';
  const said: Statement[] = [
    { subject: 'rank', side: 'rank', worth: 0 },
    { subject: 'probability', side: 'least', worth: 0.01 },
    ...(contrast === null ? [] : [statement('logit difference', 0.1)]),
    { subject: 'origin', side: 'is', worth: 0 },
    ...placesOf(seen).map((place) => statement(`share of ${place}`, 0.05)),
  ];
  const brought = [
    ...heads.slice(0, mostLooks).flatMap(({ layer, head }) => {
      const place = lookedAt(seen, layer, head);
      return place ? [statement(`attention of ${headName(layer, head)} from end to ${place}`, 0.2)] : [];
    }),
    ...(parts.length > 0 ? [statement(`direct effect of ${writers}`, leastDirect)] : []),
    ...heads.flatMap(({ layer, head }) =>
      rolesOf(headScores, layer, head)
        .slice(0, 1)
        .map(
          (role): Statement => ({
            subject: `role of ${headName(layer, head)} ${role}`,
            side: 'is',
            worth: 0,
          }),
        ),
    ),
  ];
  const without = parts.length > 0 ? [metric, 'probability'] : [];
  return {
    groups: [
      ...(parts.length > 0 ? [[writers, parts] as const] : []),
      ...(control.length > 0 ? [[others, control] as const] : []),
    ],
    said,
    brought,
    without: without.map((measure) =>
      statement(`mean ablation of ${writers} lowers ${measure} by`, measure === 'probability' ? 0.02 : 0.2),
    ),
    control:
      control.length > 0
        ? { subject: `mean ablation of ${others} changes ${metric} by`, side: 'most', worth: 0 }
        : null,
  };
}

function statement(subject: string, worth: number): Statement {
  return { subject, side: 'least', worth };
}

/** The heads and MLPs that wrote most of the answer directly; of what was copied, the heads. */
function strongest(explanation: Explanation): string[] {
  const kinds = originOf(explanation).kind === 'copied' ? ['head'] : ['head', 'mlp'];
  const parts = explanation.components
    .filter(({ name, direct }) => kinds.includes(partOf(name)?.kind ?? '') && direct >= leastDirect)
    .sort((a, b) => b.direct - a.direct);
  const most = parts[0]?.direct ?? 0;
  return parts
    .filter(({ direct }) => direct >= partShare * most)
    .slice(0, mostParts)
    .map(({ name }) => name);
}

/** As many other heads of the same layers, in their order; none where MLPs are in the group or heads run out. */
function othersOf(parts: readonly string[], { components }: Explanation): string[] {
  const names = new Set(components.map(({ name }) => name));
  const taken = new Set(parts);
  const chosen: string[] = [];
  for (const name of parts) {
    const part = partOf(name);
    if (part?.kind !== 'head') return [];
    let head = 0;
    while (taken.has(headName(part.layer, head))) head++;
    const other = headName(part.layer, head);
    if (!names.has(other)) return [];
    taken.add(other);
    chosen.push(other);
  }
  return chosen;
}

/** The places that brought most: the answer's own name where it stands in the prompt, then whole lines. */
function placesOf({ prompt, answer, explanation, tokens }: Seen): string[] {
  if (explanation.total <= 0) return [];
  const byLine = new Map<number, number>();
  for (const { index, score } of explanation.sources) {
    const range = tokens[index];
    if (!range || range.start === range.end) continue;
    const line = lineAt(prompt, range.start) + 1;
    byLine.set(line, (byLine.get(line) ?? 0) + score / explanation.total);
  }
  const lines = [...byLine]
    .filter(([line, share]) => share >= 0.1 && prompt.split('\n')[line - 1] !== '')
    .sort(([, a], [, b]) => b - a)
    .map(([line]) => `line ${line}`);
  const own = symbolIn(prompt, answer);
  return [...(own ? [own] : []), ...lines].slice(0, mostPlaces);
}

/** What a head looked at most from the last token. */
function lookedAt({ prompt, tokens, explanation }: Seen, layer: number, head: number): string | null {
  const trace = explanation.heads.find((each: HeadTrace) => each.layer === layer && each.head === head);
  const strongestPlace = trace?.attention.find(({ index }) => {
    const range = tokens[index];
    return range && range.start < range.end;
  });
  const range = strongestPlace && tokens[strongestPlace.index];
  if (!range) return null;
  return symbolIn(prompt, prompt.slice(range.start, range.end)) ?? `line ${lineAt(prompt, range.start) + 1}`;
}

/** A name that stands in the prompt by itself, as a place; null for anything else. */
function symbolIn(prompt: string, text: string): string | null {
  const name = text.trim();
  if (!/^[A-Za-z_]\w*$/.test(name)) return null;
  const alone = wordsIn(prompt).some(({ start, end }) => prompt.slice(start, end) === name);
  return alone ? `symbol ${quoted(name)}` : null;
}
