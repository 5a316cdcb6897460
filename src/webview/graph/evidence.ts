import type { FromCircuitPanel, PartEvidence, ToCircuitPanel } from '../../core/circuitPanel';
import { showShare, showToken } from '../../core/display';
import { shadeOf } from '../../core/shading';
import { button, type Child, h } from '../dom';
import { tokenCode } from '../pieces';

export type EvidenceMessage = Extract<ToCircuitPanel, { readonly type: 'evidence' }>;

/** Contexts that are shown before the user asks for all. */
const firstContexts = 4;

/** What the index knows of a part: when it is active, what it promotes. `unfolded` shows all contexts. */
export function evidence(
  known: EvidenceMessage | undefined,
  unfolded: boolean,
  unfold: () => void,
  post: (message: FromCircuitPanel) => void,
): Child {
  if (!known) return h('section.evidence', {}, h('h3', {}, 'In other texts'), h('p.dim', {}, '…'));
  const { evidence: found, problem, offer } = known;
  if (!found) {
    return h(
      'section.evidence',
      {},
      h('h3', {}, 'In other texts'),
      h('p.dim', {}, problem ?? 'Nothing is known of this part.'),
      offer
        ? button(offer.label, () => post({ type: offer.what }), { 'data-key': 'offer' }, 'button.quiet')
        : null,
    );
  }
  const shown = unfolded ? found.contexts : found.contexts.slice(0, firstContexts);
  const more = found.contexts.length - shown.length;
  return h(
    'section.evidence',
    {},
    h('h3', {}, 'In other texts'),
    found.label
      ? h(
          'p',
          {},
          h('strong', {}, found.label),
          found.support ? h('span.dim', {}, ` (${found.support})`) : null,
        )
      : found.own
        ? h('p.dim', {}, 'No rule finds a name for it.')
        : null,
    found.role ? h('p', {}, found.role) : null,
    h(
      'p.dim',
      {},
      found.frequency === null ? '' : `Active at ${showShare(found.frequency)} of the tokens of `,
      found.frequency === null ? `Measured on ${found.corpus}.` : `${found.corpus}.`,
    ),
    tokens('Raises', found.promoted),
    tokens('Lowers', found.suppressed),
    shown.length > 0 ? h('h3', {}, 'Where it is most active') : null,
    h('ul.contexts', {}, ...shown.map((context) => h('li', {}, contextLine(context)))),
    more > 0 ? button(`${more} more`, unfold, { 'data-key': 'more-contexts' }, 'button.link') : null,
  );
}

function tokens(title: string, list: PartEvidence['promoted']): Child {
  if (list.length === 0) return null;
  return h(
    'p.tokens',
    {},
    h('span.dim', {}, `${title} `),
    ...list
      .slice(0, 8)
      .flatMap(({ text, score }) => [
        tokenCode(text, score === null ? '' : `${score.toFixed(2)} logits for one unit of activation`),
        ' ',
      ]),
  );
}

function contextLine({
  tokens: texts,
  activations,
  peak,
  source,
}: PartEvidence['contexts'][number]): HTMLElement {
  const strongest = Math.max(...activations.map((each) => Math.abs(each)));
  return h(
    'div.code',
    { attributes: { title: source } },
    ...texts.map((text, index) => {
      const step = shadeOf(activations[index] ?? 0, strongest);
      const shade = step > 0 ? `for${step}` : step < 0 ? `against${-step}` : 'plain';
      return h(
        index === peak ? `span.${shade}.target` : `span.${shade}`,
        { attributes: { title: `${(activations[index] ?? 0).toFixed(2)}` } },
        text.trim() === '' ? showToken(text) : text.replaceAll(/\r?\n/g, '⏎'),
      );
    }),
  );
}
