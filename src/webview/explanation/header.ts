import type { Confidence } from '../../core/answer';
import { nameToken, showProbability, showRank } from '../../core/display';
import { tierWords } from '../../core/evidence';
import type { Tier } from '../../core/explanation';
import type { PanelCommand, PanelState, PanelToken } from '../../core/panel';
import { button, type Child, h } from '../dom';
import { commandButton, type Post, sentenceOf, tokenCode } from '../pieces';

const confidence: Readonly<Record<Confidence, string>> = {
  sure: 'Sure: it has most of the probability, far ahead of the next best',
  likely: 'Likely: it is well ahead of the next best',
  torn: 'Torn: another token is close behind or ahead',
  guessing: 'Guessing: no token has much probability',
};

/** Which token, where it came from in a sentence, and how far that was tested. */
export function header(state: PanelState, post: Post): HTMLElement {
  return h(
    'header',
    {},
    headline(state),
    state.tokens[state.selected]?.stale ? staleNote() : null,
    steeredNote(state),
    comparison(state, post),
    answer(state, post),
    unsupported(state),
    check(state),
    ...warnings(state),
    // What else could have stood there is a question about one token.
    state.end > state.selected + 1 ? null : instead(state, post),
    state.end > state.selected + 1 ? null : questions(post),
  );
}

/** Plain or expert, as a pair of buttons of which one is pressed. */
export function modeSwitch(state: PanelState, post: Post): HTMLElement {
  const choice = (mode: PanelState['mode'], label: string, title: string) =>
    button(
      label,
      () => post({ type: 'mode', mode }),
      { title, 'aria-pressed': state.mode === mode ? 'true' : 'false', 'data-key': `mode-${mode}` },
      'button.choice',
    );
  return h(
    'div.choices',
    { attributes: { role: 'group', 'aria-label': 'Level of detail' } },
    choice('plain', 'Plain', 'In words and two pictures'),
    choice('expert', 'Expert', 'Every part and every number'),
  );
}

function headline(state: PanelState): HTMLElement {
  const token = state.tokens[state.selected];
  const shown = state.tokens.slice(state.selected, state.end);
  const text = shown.map((each) => each.text).join('');
  if (shown.length > 1) return spanHeadline(state, text, shown);
  const target = state.explanation?.target ?? null;
  const probability = target?.probability ?? token?.probability ?? null;
  return h(
    'h1.headline',
    {},
    tokenCode(text, 'The token that is explained'),
    text.trim() === '' && text !== '' ? h('span.dim', {}, nameToken(text)) : null,
    h(
      'span.number',
      { attributes: { title: 'Probability that the model gave this token here, from 0 to 1' } },
      probability === null ? '…' : `p ${showProbability(probability)}`,
    ),
    h(
      'span.dim',
      { attributes: { title: 'Its place among all tokens, by probability' } },
      target ? showRank(target.rank) : '…',
    ),
    state.answer ? confidencePill(state.answer.confidence) : null,
  );
}

/** Of several tokens the least probable says how sure the model was of them all. */
function spanHeadline(state: PanelState, text: string, tokens: readonly PanelToken[]): HTMLElement {
  const least = Math.min(...tokens.map(({ probability }) => probability ?? 1));
  return h(
    'h1.headline',
    {},
    tokenCode(text, 'What is explained'),
    h('span.dim', {}, `${tokens.length} tokens`),
    h(
      'span.number',
      { attributes: { title: 'Probability that the model gave the least probable of them, from 0 to 1' } },
      `least p ${showProbability(least)}`,
    ),
    state.answer ? confidencePill(state.answer.confidence) : null,
  );
}

function confidencePill(said: Confidence): HTMLElement {
  return h('span.pill', { attributes: { title: confidence[said] } }, said);
}

/** Which other token this one is compared with, and the way back to explaining it by itself. */
function comparison(state: PanelState, post: Post): HTMLElement | null {
  const contrast = state.explanation?.contrast;
  if (!contrast) return null;
  return h(
    'p.contrast',
    {},
    'Why it rather than ',
    tokenCode(contrast.text),
    h(
      'span.number',
      { attributes: { title: 'Probability that the model gave the other token, from 0 to 1' } },
      ` (p ${showProbability(contrast.probability)}) `,
    ),
    button(
      'Explain it by itself',
      () => post({ type: 'select', index: state.selected }),
      { title: 'Stop comparing', 'data-key': 'alone' },
      'button.link',
    ),
  );
}

function staleNote(): HTMLElement {
  return h(
    'p.notice.stale',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '✎'),
    h(
      'span',
      {},
      'Its text was changed since. What follows explains what the model wrote, not what stands there now.',
    ),
  );
}

function steeredNote({ record }: PanelState): HTMLElement | null {
  if (record.steered === null) return null;
  return h('p.notice.mind', {}, toKnow(), h('span', {}, record.steered));
}

/** An i in a circle, which the style draws: fonts that people have lack the character. */
function toKnow(): HTMLElement {
  return h('span.icon.circled', { attributes: { 'aria-hidden': 'true' } }, 'i');
}

function answer(state: PanelState, post: Post): HTMLElement {
  if (!state.answer) return h('p.answer.waiting', {}, '…');
  const { parts } = state.mode === 'plain' ? state.answer.plain : state.answer;
  if (!failed(state)) return h('p.answer', {}, ...sentenceOf(parts, 'answer', post));
  return h(
    'p.answer.notice.warning',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '⚠'),
    h('span', {}, ...sentenceOf(parts, 'answer', post)),
  );
}

/** The warning of a name that nothing supports. */
function unsupported({ answer: found }: PanelState): HTMLElement | null {
  if (!found?.unsupported) return null;
  return h(
    'p.notice.warning',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '⚠'),
    h('span', {}, found.unsupported),
  );
}

function failed(state: PanelState): boolean {
  return state.explanation?.verification?.holds === false;
}

/** What the experiment found, with an icon and the tier of the evidence. Its place is kept while it runs. */
function check(state: PanelState): HTMLElement {
  const { explanation, answer: found } = state;
  if (!explanation || !found) return h('p.check.waiting', {}, '…');
  const { verification, checks } = explanation;
  if (verification) {
    const look = verification.holds ? 'holds' : 'fails';
    const text = (state.mode === 'plain' ? found.plain : found).check ?? '';
    const tried = state.asked?.answer?.kind === 'paraphrased' ? state.asked.answer.result.tier : null;
    const tier = verification.holds && tried ? tried : verification.tier;
    return evidence(state, look, verification.holds ? '✓' : '✗', tier, text);
  }
  const tier = checks.every((each) => each.holds) ? 'attributed' : 'observed';
  const waiting = state.progress !== null;
  const text = waiting
    ? 'Computed: the check by experiment is still running.'
    : 'Computed only: there is too little context to check it by deleting any.';
  return evidence(state, 'dim', waiting ? '…' : '○', tier, text);
}

/** What to keep in mind about these very numbers; the words are the field's, so only experts are told. */
function warnings({ explanation, mode }: PanelState): readonly Child[] {
  const minded = mode === 'expert' ? explanation?.warnings : null;
  return (minded ?? []).map((warning) => h('p.notice.mind', {}, toKnow(), h('span', {}, warning)));
}

/** The words before the colon are the verdict and stand out. */
function evidence(state: PanelState, look: string, icon: string, tier: Tier, text: string): HTMLElement {
  const colon = text.indexOf(':');
  const { icon: symbol, plain, says } = tierWords[tier];
  // In plain words without the tier's own name.
  const title = state.mode === 'expert' ? says : says.slice(says.indexOf(':') + 2);
  return h(
    `p.check.${look}`,
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, icon),
    h(
      'span.pill.tier',
      { attributes: { title } },
      h('span', { attributes: { 'aria-hidden': 'true' } }, `${symbol} `),
      state.mode === 'expert' ? tier : plain,
    ),
    ' ',
    h('strong', { attributes: { title } }, text.slice(0, colon)),
    text.slice(Math.max(0, colon)),
  );
}

/** What else can be asked of the token. */
function questions(post: Post): HTMLElement {
  const link = (label: string, command: PanelCommand, title: string) =>
    commandButton(label, command, title, post, 'button.link');
  return h(
    'nav.questions',
    { attributes: { 'aria-label': 'More questions about this token' } },
    link('Copied from?', 'copiedFrom', 'Goes to the place it was copied from, or says that it was not'),
    link(
      'What would change it?',
      'whatChanges',
      'Delete, rename or mask a source, and see what the model writes then',
    ),
    link(
      'Does it hold when renamed?',
      'holdsWhenRenamed',
      'Writes the program another way, with the same meaning, and explains it again',
    ),
    link(
      'Branch here',
      'branchHere',
      'Take another token and let the model go on from it, beside the original',
    ),
  );
}

/** The strongest other tokens, and the question why it was not one of them. */
function instead(state: PanelState, post: Post): HTMLElement {
  const target = state.explanation?.target;
  const others = target?.alternatives.filter((each) => each.id !== target.id).slice(0, 4) ?? [];
  return h(
    'div.instead',
    {},
    h('span.dim', {}, 'Instead'),
    ...(target
      ? others.map(({ text, probability }) =>
          h(
            'span.alternative',
            { attributes: { title: `${nameToken(text)} had probability ${showProbability(probability)}` } },
            tokenCode(text),
            ` ${showProbability(probability)}`,
          ),
        )
      : ['…']),
    commandButton('Why not…?', 'whyNot', 'Ask why another token was not written', post, 'button.link'),
  );
}
