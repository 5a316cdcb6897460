import type { Shade } from '../core/shading';

/** How much colour the terminal takes. */
export type ColorDepth = 'none' | '256' | 'truecolor';

/** https://no-color.org and FORCE_COLOR, then whether anybody is looking, then what the terminal says of itself. */
export function colorDepth(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): ColorDepth {
  const { NO_COLOR, FORCE_COLOR, COLORTERM, TERM } = environment;
  if (NO_COLOR) return 'none';
  if (FORCE_COLOR === '0' || FORCE_COLOR === 'false') return 'none';
  if (!FORCE_COLOR && (!stream.isTTY || TERM === 'dumb')) return 'none';
  return FORCE_COLOR === '3' || COLORTERM === 'truecolor' || COLORTERM === '24bit' ? 'truecolor' : '256';
}

/** Text with its look. Every method gives its text back unchanged where there is no colour. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Code of the document or of a token. */
  readonly code: (text: string) => string;
  /** The token that is explained. */
  readonly target: (text: string) => string;
  readonly shade: (text: string, shade: Shade) => string;
  /** A bar of a contribution for (+) or against (−). */
  readonly bar: (text: string, sign: 1 | -1) => string;
}

export function styleFor(depth: ColorDepth): Style {
  const wrap = (open: string, close: string) => (text: string) =>
    depth === 'none' || text === '' ? text : `\u001b[${open}m${text}\u001b[${close}m`;
  const foreground = ({ rgb, indexed }: Paint) => (depth === 'truecolor' ? `38;2;${rgb}` : `38;5;${indexed}`);
  const background = ({ rgb, indexed }: Paint) => (depth === 'truecolor' ? `48;2;${rgb}` : `48;5;${indexed}`);
  return {
    strong: wrap('1', '22'),
    faint: wrap('2', '22'),
    good: wrap('32', '39'),
    bad: wrap('31', '39'),
    code: wrap('36', '39'),
    target: wrap('1;4', '22;24'),
    shade: (text, shade) => {
      if (shade === 0) return text;
      const paint = shade > 0 ? shadesFor[shade - 1]! : shadesAgainst[-shade - 1]!;
      return wrap(`${background(paint)};${foreground(paint.ink)}`, '39;49')(text);
    },
    bar: (text, sign) => wrap(foreground(sign > 0 ? shadesFor[3]! : shadesAgainst[1]!), '39')(text),
  };
}

interface Paint {
  readonly rgb: string;
  readonly indexed: number;
}

const light: Paint = { rgb: '255;255;255', indexed: 231 };
const dark: Paint = { rgb: '20;20;20', indexed: 234 };

/** Steps for, weakest first: from a dim blue to a bright amber, readable on dark and light terminals alike. */
const shadesFor: readonly (Paint & { readonly ink: Paint })[] = [
  { rgb: '38;70;83', indexed: 23, ink: light },
  { rgb: '29;107;106', indexed: 29, ink: light },
  { rgb: '42;140;110', indexed: 35, ink: dark },
  { rgb: '233;180;76', indexed: 179, ink: dark },
  { rgb: '255;150;50', indexed: 208, ink: dark },
];

const shadesAgainst: readonly (Paint & { readonly ink: Paint })[] = [
  { rgb: '84;58;92', indexed: 60, ink: light },
  { rgb: '140;70;130', indexed: 96, ink: light },
  { rgb: '190;60;140', indexed: 162, ink: light },
];

/** The second channel beside colour: a mark under each shaded token. */
export function markOf(shade: Shade): string {
  return shade === 0 ? ' ' : shade > 0 ? ['·', '░', '▒', '▓', '█'][shade - 1]! : ['-', '~', '≈'][-shade - 1]!;
}

/** Columns that a text takes in a terminal; East Asian wide characters and emoji take two, marks that combine none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\p{Control}|\p{Format}/u.test(character)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
