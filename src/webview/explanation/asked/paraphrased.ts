import type { Paraphrased } from '../../../core/asked/asked';
import { paraphraseVerdict, trialsOf } from '../../../core/asked/paraphrased';
import { tierWords } from '../../../core/evidence';
import { type Child, h } from '../../dom';

const marks = { true: '✓', false: '✗', null: '·' } as const;
const said = { true: 'holds', false: 'does not hold', null: 'not tried' } as const;

/** Whether the explanation survives another way of writing the program, way by way. */
export function paraphrasedBody({ result }: Paraphrased): readonly Child[] {
  return [
    h('p', {}, paraphraseVerdict(result)),
    h(
      'ul.trials',
      {},
      ...trialsOf(result).map(({ holds, text }) =>
        h(
          holds === null ? 'li.dim' : holds ? 'li' : 'li.fails',
          {},
          h(
            'span.icon',
            { attributes: { role: 'img', 'aria-label': said[`${holds}`] } },
            `${marks[`${holds}`]} `,
          ),
          text,
        ),
      ),
    ),
    h('p.dim', {}, tierWords[result.tier].says),
  ];
}
