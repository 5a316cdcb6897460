import { type Ablation, ablations } from '../../core/explanation';
import { h } from '../dom';

/** How parts are changed. */
export interface ChangeOptions {
  readonly everywhere: boolean;
  readonly cut: Ablation;
  readonly freezeAttention: boolean;
}

export const firstOptions: ChangeOptions = { everywhere: false, cut: 'zero', freezeAttention: false };

const cutWords: Readonly<Record<Ablation, string>> = {
  zero: 'by zero',
  mean: 'by its mean over sample code',
  resample: 'by its value in sample code',
};

/** What else there is to say about a change: where, by what, and whether attention may look elsewhere. */
export function changeOptions(
  options: ChangeOptions,
  changed: (options: ChangeOptions) => void,
): HTMLElement {
  let now = options;
  const set = (part: Partial<ChangeOptions>) => {
    now = { ...now, ...part };
    changed(now);
  };
  const check = (key: 'everywhere' | 'freezeAttention', label: string, title: string) =>
    h(
      'label',
      { attributes: { title } },
      h('input', {
        attributes: { type: 'checkbox', checked: options[key], 'data-key': `option-${key}` },
        on: { change: (event) => set({ [key]: (event.target as HTMLInputElement).checked }) },
      }),
      ` ${label}`,
    );
  return h(
    'details.options',
    { attributes: { 'data-options': true } },
    h('summary', {}, 'How to cut'),
    check('everywhere', 'at every token of the text', 'Otherwise only where the node stands'),
    check(
      'freezeAttention',
      'attention looks where it looked',
      'The circuit holds attention as it was. Free attention may look elsewhere after the cut',
    ),
    h(
      'label',
      {},
      'replaced ',
      h(
        'select',
        {
          attributes: { 'data-key': 'option-cut' },
          on: {
            change: (event) => set({ cut: (event.target as HTMLSelectElement).value as Ablation }),
          },
        },
        ...ablations.map((kind) =>
          h('option', { attributes: { value: kind, selected: kind === options.cut } }, cutWords[kind]),
        ),
      ),
    ),
  );
}
