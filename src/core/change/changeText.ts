import { WhenceError } from '../errors';
import { ablations } from '../explanation';
import { headName, mlpName, neuronName } from '../model';
import type { Alteration, Change, ChangedPart, Selection, Span } from './change';

// The grammar of `whence run --set`, docs/interventions.md: NAME[positions][heads or neurons]=WHAT.

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const span = /^(-?\d+)?(:)?(-?\d+)?$/;
const strength = /^(.*)\*([^*]+)$/s;
const whatThereIs = 'zero, mean, resample, scale:X, set:X, add:X or remove:FILE';

/**
 * Reads `L3H2[-1]=zero` or `blocks.3.mlp.hook_post[4:][118]=scale:0`; values come back as the places of their files.
 * Whether a model has such a part is `checkPart`'s to say.
 *
 * @throws WhenceError `bad-argument`
 */
export function parseChange(text: string): Change<string> {
  const equals = text.indexOf('=');
  const subject = equals === -1 ? text : text.slice(0, equals);
  const match = /^([^[\]\s]+)(?:\[([^[\]]*)\])?(?:\[([^[\]]*)\])?$/.exec(subject.trim());
  if (!match) {
    throw wrong(text, 'write what is changed as L3H2, L3H2[positions] or HOOK[positions][heads or neurons]');
  }
  const [, name, positions, units] = match;
  if (equals === -1) throw wrong(text, `say after = what is done: ${whatThereIs}`);
  const part = partNamed(name!);
  if (part.kind !== 'hook' && units !== undefined) {
    throw wrong(text, `${name} has no parts to choose from; brackets after it choose positions`);
  }
  return {
    part: part.kind === 'hook' ? { ...part, units: selectionOf(text, units) } : part,
    positions: selectionOf(text, positions),
    how: alterationOf(text, text.slice(equals + 1).trim()),
  };
}

/** The part of that name; what is none by people's names is a hook, and taken whole. */
export function partNamed(name: string): ChangedPart {
  const match = /^L(\d{1,6})(?:([HN])(\d{1,9})|(MLP|ATTN))?$/.exec(name);
  if (!match) return { kind: 'hook', hook: name, units: 'all' };
  const layer = Number(match[1]);
  if (match[2] === 'H') return { kind: 'head', layer, head: Number(match[3]) };
  if (match[2] === 'N') return { kind: 'neuron', layer, neuron: Number(match[3]) };
  if (match[4] === undefined) return { kind: 'layer', layer };
  return { kind: match[4] === 'MLP' ? 'mlp' : 'attention', layer };
}

function selectionOf(text: string, written: string | undefined): Selection {
  if (written === undefined || written.trim() === ':') return 'all';
  return written.split(',').map((piece): Span => {
    const [, from, colon, to] = span.exec(piece.trim()) ?? [];
    if (colon === undefined && from === undefined) {
      throw wrong(
        text,
        `[${written}] is no choice: write indices and ranges as in [4], [-1], [0:5] or [2,5:]`,
      );
    }
    const first = Number(from ?? 0);
    if (colon === undefined) return { from: first, to: first + 1 };
    return { from: first, to: to === undefined ? null : Number(to) };
  });
}

function alterationOf(text: string, what: string): Alteration<string> {
  const ablation = ablations.find((kind) => kind === what);
  if (ablation) return { kind: ablation };
  const [, kind, operand = ''] = /^(scale|set|add|remove):(.*)$/s.exec(what) ?? [];
  if (kind === undefined)
    throw wrong(text, `${JSON.stringify(what)} is nothing that can be done: ${whatThereIs}`);
  if (operand === '')
    throw wrong(text, `${kind}: needs ${kind === 'remove' ? 'a file' : 'a number'} after it`);
  const asNumber = number.test(operand) ? Number(operand) : null;
  if (asNumber !== null && !Number.isFinite(asNumber)) throw wrong(text, `${operand} is too large a number`);
  switch (kind) {
    case 'scale':
      if (asNumber === null) throw wrong(text, `scale: takes a number, not ${JSON.stringify(operand)}`);
      return { kind, factor: asNumber };
    case 'set':
      return { kind, value: asNumber ?? operand };
    case 'remove':
      if (asNumber !== null) throw wrong(text, `remove: takes the file of a direction, not ${operand}`);
      return { kind, direction: operand };
    default: {
      const [, value, times] = asNumber === null ? (strength.exec(operand) ?? []) : [];
      if (value && times && number.test(times)) return { kind: 'add', value, times: Number(times) };
      return { kind: 'add', value: asNumber ?? operand, times: 1 };
    }
  }
}

function wrong(text: string, reason: string): WhenceError {
  return new WhenceError('bad-argument', `The change ${JSON.stringify(text)} cannot be made: ${reason}.`);
}

/** A change as `parseChange` reads it; values by their names. */
export function printChange(change: Change<string | { readonly name: string }>): string {
  const { part, positions } = change;
  const units = part.kind === 'hook' && part.units !== 'all' ? `[${printSelection(part.units)}]` : '';
  const where = positions !== 'all' || units ? `[${printSelection(positions)}]` : '';
  return `${partName(part)}${where}${units}=${printAlteration(change.how)}`;
}

/** `L3H2`, `L3N118`, `L3MLP`, `L3ATTN`, `L3`, or the hook's name. */
export function partName(part: ChangedPart): string {
  switch (part.kind) {
    case 'head':
      return headName(part.layer, part.head);
    case 'neuron':
      return neuronName(part.layer, part.neuron);
    case 'mlp':
      return mlpName(part.layer);
    case 'attention':
      return `L${part.layer}ATTN`;
    case 'layer':
      return `L${part.layer}`;
    case 'hook':
      return part.hook;
  }
}

export function printSelection(selection: Selection): string {
  if (selection === 'all') return ':';
  return selection
    .map(({ from, to }) => {
      if (to === from + 1) return `${from}`;
      return `${from === 0 ? '' : from}:${to ?? ''}`;
    })
    .join(',');
}

type Named = number | string | { readonly name: string };
const named = (value: Named) => (typeof value === 'object' ? value.name : `${value}`);

function printAlteration(how: Alteration<string | { readonly name: string }>): string {
  switch (how.kind) {
    case 'scale':
      return `scale:${how.factor}`;
    case 'set':
      return `set:${named(how.value)}`;
    case 'remove':
      return `remove:${named(how.direction)}`;
    case 'add':
      if (typeof how.value === 'number') return `add:${how.value * how.times}`;
      return `add:${named(how.value)}${how.times === 1 ? '' : `*${how.times}`}`;
    default:
      return how.kind;
  }
}
