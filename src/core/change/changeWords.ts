import type { Ablation } from '../explanation';
import {
  type Alteration,
  type Change,
  type ChangedPart,
  isAblation,
  type Selection,
  type Span,
} from './change';
import { partName } from './changeText';

/** What each ablation puts in the place of a part. */
const ablationWords: Readonly<Record<Ablation, string>> = {
  zero: 'zero',
  mean: 'its mean over sample code',
  resample: 'its value in sample code',
};

/** "layer 3, head 2 replaced by its mean over sample code, at token 4": a change for people, the kind always named. */
export function changeInWords({ part, positions, how }: Change<string | { readonly name: string }>): string {
  return `${partWords(part)} ${alterationWords(how)}, ${positionWords(positions)}`;
}

/** What a part is: "layer 3, neuron 118". */
export function partWords(part: ChangedPart): string {
  switch (part.kind) {
    case 'head':
      return `layer ${part.layer}, head ${part.head}`;
    case 'neuron':
      return `layer ${part.layer}, neuron ${part.neuron}`;
    case 'mlp':
      return `layer ${part.layer}, MLP`;
    case 'attention':
      return `layer ${part.layer}, attention`;
    case 'layer':
      return `layer ${part.layer}`;
    case 'hook':
      return part.units === 'all'
        ? partName(part)
        : `${partName(part)}, ${part.units.map((span) => spanWords(span)).join(', ')}`;
  }
}

function alterationWords(how: Alteration<string | { readonly name: string }>): string {
  if (isAblation(how)) return `replaced by ${ablationWords[how.kind]}`;
  const named = (value: number | string | { readonly name: string }) =>
    typeof value === 'object' ? value.name : `${value}`;
  switch (how.kind) {
    case 'scale':
      return `times ${how.factor}`;
    case 'set':
      return `set to ${named(how.value)}`;
    case 'add':
      return `plus ${how.times === 1 ? '' : `${how.times} · `}${named(how.value)}`;
    case 'remove':
      return `without the direction ${named(how.direction)}`;
  }
}

function positionWords(positions: Selection): string {
  if (positions === 'all') return 'everywhere';
  const single = positions.length === 1 && positions[0]!.to === positions[0]!.from + 1;
  if (single && positions[0]!.from === -1) return 'at the last token';
  return `at token${single ? '' : 's'} ${positions.map((span) => spanWords(span)).join(', ')}`;
}

function spanWords({ from, to }: Span): string {
  if (to === from + 1) return fromEnd(from);
  if (to === null) return `${fromEnd(from)} and later`;
  return to === 0 ? `${fromEnd(from)} to the last` : `${fromEnd(from)} to ${fromEnd(to - 1)}`;
}

function fromEnd(index: number): string {
  if (index >= 0) return `${index}`;
  return index === -1 ? 'the last' : `the last but ${-index - 1}`;
}
