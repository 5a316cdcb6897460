import type { Answer, AnswerPart, Confidence } from '../../core/answer';
import { nameToken, showProbability, showRank } from '../../core/display';
import type { Tier } from '../../core/explanation';
import type { PanelState } from '../../core/panel';
import { button, type Child, h } from '../dom';
import { commandButton, type Post, tokenCode } from '../pieces';

const confidence: Readonly<Record<Confidence, string>> = {
  sure: 'Sure: it has most of the probability, far ahead of the next best',
  likely: 'Likely: it is well ahead of the next best',
  torn: 'Torn: another token is close behind or ahead',
  guessing: 'Guessing: no token has much probability',
};

const tiers: Readonly<Record<Tier, { readonly plain: string; readonly words: string }>> = {
  observed: {
    plain: 'Seen only',
    words: 'observed: what the model looked at; neither its sums nor an experiment confirm it',
  },
  attributed: {
    plain: 'Computed',
    words: 'attributed: contributions whose sums were verified; no experiment confirmed them',
  },
  ablated: {
    plain: 'Checked',
    words: 'ablated: the named sources were deleted, and the answer fell as the explanation says',
  },
};

/** Which token, where it came from in a sentence, and how far that was tested. */
export function header(state: PanelState, post: Post): HTMLElement {
  return h(
    'header',
    {},
    headline(state),
    state.tokens[state.selected]?.stale ? staleNote() : null,
    answer(state, post),
    check(state),
    instead(state, post),
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
  const target = state.explanation?.target ?? null;
  const probability = target?.probability ?? token?.probability ?? null;
  return h(
    'h1.headline',
    {},
    tokenCode(token?.text ?? '', 'The token that is explained'),
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
    state.answer
      ? h(
          'span.pill',
          { attributes: { title: confidence[state.answer.confidence] } },
          state.answer.confidence,
        )
      : null,
  );
}

function staleNote(): HTMLElement {
  return h(
    'p.notice.stale',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '✎'),
    'Its text was changed since. What follows explains what the model wrote, not what stands there now.',
  );
}

function answer(state: PanelState, post: Post): HTMLElement {
  if (!state.answer) return h('p.answer.waiting', {}, '…');
  if (!failed(state)) return h('p.answer', {}, ...sentence(state.answer, post));
  return h(
    'p.answer.notice.warning',
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '⚠'),
    h('span', {}, ...sentence(state.answer, post)),
  );
}

function failed(state: PanelState): boolean {
  return state.explanation?.verification?.holds === false;
}

function sentence(answer: Answer, post: Post): readonly Child[] {
  return answer.parts.map((part, index) => stretch(part, index, post));
}

function stretch(part: AnswerPart, at: number, post: Post): Child {
  if (part.kind === 'words') return part.text;
  if (part.kind === 'code') return h('code.token', {}, part.text);
  const reveal = () => post({ type: 'reveal', index: part.index });
  return button(
    part.text,
    reveal,
    { title: 'Show in the editor', 'data-key': `answer-${at}` },
    'button.link',
  );
}

/** The evidence: a word for its tier with an icon, and what the experiment found. Its place is kept while it runs. */
function check(state: PanelState): HTMLElement {
  const { explanation, answer: found } = state;
  if (!explanation || !found) return h('p.check.waiting', {}, '…');
  const { verification } = explanation;
  if (!verification) {
    const waiting = state.progress !== null;
    const identities = explanation.checks.every((each) => each.holds);
    const tier = tiers[identities ? 'attributed' : 'observed'];
    return evidence(
      'dim',
      waiting ? '…' : '○',
      state.mode === 'plain' ? tier.plain : identities ? 'attributed' : 'observed',
      tier.words,
      waiting
        ? 'The check by experiment is still running.'
        : (found.check ??
            'Not checked by an experiment: there is too little context to delete anything from.'),
    );
  }
  if (!verification.holds) {
    return evidence(
      'fails',
      '✗',
      state.mode === 'plain' ? 'Check failed' : `${verification.tier}, not confirmed`,
      'The named sources were deleted and the answer did not fall as the explanation says: do not rely on it',
      found.check ?? '',
    );
  }
  const tier = tiers[verification.tier];
  return evidence(
    'holds',
    '✓',
    state.mode === 'plain' ? tier.plain : verification.tier,
    tier.words,
    found.check ?? '',
  );
}

function evidence(look: string, icon: string, word: string, title: string, text: string): HTMLElement {
  return h(
    `p.check.${look}`,
    {},
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, icon),
    h('strong', { attributes: { title } }, word),
    ` ${text}`,
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
