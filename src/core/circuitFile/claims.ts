import { bound, measured, measures, outputMeasure, within } from './bounds';
import { causal, seesCause } from './causes';
import { type Cursor, misread } from './cursor';
import { head, type Names, neuron, parts, partsOf, place, wholeNumber } from './names';
import { type Claim, circuitQualities, isMeasuredOnce, type Quantifier } from './syntax';

/** What an expectation can speak of, as the parser tells it. */
const claimKinds =
  '“probability”, “rank”, “logit”, “continuation”, “share”, “origin”, “attention”, “activation”, “role”, “direct effect”, “total effect”, “zero”, “mean”, “resample” and “ablation”, “patching”, “scaling”, “steering”, “faithfulness”, “completeness” or “minimality”';

/** What follows `expect`, up to the quantifier. */
export function claim(cursor: Cursor, names: Names): Claim {
  const output = outputMeasure(cursor, measures);
  if (output) return { kind: 'output', measure: output, bound: measured(cursor, output) };
  if (cursor.takes('continuation')) return continuation(cursor);
  if (cursor.takes('share')) {
    cursor.words('of');
    return { kind: 'share', place: place(cursor, names), bound: bound(cursor) };
  }
  if (cursor.takes('origin')) {
    return { kind: 'origin', origin: cursor.oneOf('an origin', ['copied', 'composed', 'recalled']) };
  }
  if (cursor.takes('attention')) return attention(cursor, names);
  if (cursor.takes('activation')) {
    cursor.words('of');
    const asked = neuron(cursor);
    cursor.words('at');
    return { kind: 'activation', neuron: asked, place: place(cursor, names), bound: bound(cursor) };
  }
  if (cursor.takes('role')) {
    cursor.words('of');
    const asked = head(cursor);
    const role = cursor.oneOf('a role', ['previous', 'duplicate', 'induction', 'copying']);
    return { kind: 'role', head: asked, role };
  }
  if (cursor.sees('direct') || cursor.sees('total')) {
    const path = cursor.oneOf('which effect', ['direct', 'total']);
    cursor.words('effect', 'of');
    const what = 'a head as L3H2, an MLP as L3MLP, a layer as L3, or a group of these';
    const counted = partsOf(cursor, names, ['head', 'mlp', 'layer'], what);
    return { kind: 'effect', path, parts: counted, bound: bound(cursor) };
  }
  if (seesCause(cursor)) return causal(cursor, names);
  const quality = circuitQualities.find((word) => cursor.takes(word));
  if (quality) {
    cursor.words('of');
    const counted = parts(cursor, names);
    if (cursor.stands('above') && quality === 'minimality') {
      misread(cursor.next, 'Minimality is of each part, and no random groups stand beside it: give a bound.');
    }
    const aboveRandom = quality !== 'minimality' && cursor.takes('above');
    if (aboveRandom) cursor.words('random', 'by');
    return { kind: 'circuit', quality, aboveRandom, parts: counted, bound: bound(cursor) };
  }
  const { kind, raw } = cursor.next;
  if (kind !== 'word') return cursor.fail(`what is expected: ${claimKinds}`);
  return misread(cursor.next, `“${raw}” is no expectation that Whence knows: use ${claimKinds}.`);
}

function continuation(cursor: Cursor): Claim {
  const { value: text, ...range } = cursor.text('the text that follows');
  if (text === '') misread(range, 'The continuation is empty: give at least a character.');
  return { kind: 'continuation', text };
}

function attention(cursor: Cursor, names: Names): Claim {
  cursor.words('of');
  const asked = head(cursor);
  cursor.words('from');
  const from = place(cursor, names);
  cursor.words('to');
  const to = place(cursor, names);
  return { kind: 'attention', head: asked, from, to, bound: within(cursor, 0, 1, 'Attention') };
}

/** Absent, all cases are meant. A role is the model's, not a case's, and what is no number has no mean. */
export function quantifier(cursor: Cursor, claimed: Claim): Quantifier {
  const { kind } = claimed;
  if (isMeasuredOnce(claimed)) {
    if (cursor.nextIs('word')) {
      const once =
        kind === 'role'
          ? 'A role is measured once for the model'
          : 'A group is held against the whole model over all cases together';
      misread(cursor.next, `${once}, not case by case: leave out what follows.`);
    }
    return { kind: 'all' };
  }
  const inWords = kind === 'origin' || kind === 'continuation';
  if (inWords && cursor.stands('on')) {
    const what = kind === 'origin' ? 'An origin' : 'A text';
    misread(cursor.next, `${what} has no average: say in how many cases, as “in most cases”.`);
  }
  if (!inWords && cursor.takes('on')) {
    cursor.words('average');
    return { kind: 'average' };
  }
  if (!cursor.takes('in')) return { kind: 'all' };
  if (cursor.takes('at', 'least')) {
    const least = wholeNumber(cursor, 'a number of cases');
    cursor.words('of');
    const of = wholeNumber(cursor, 'a number of cases');
    cursor.words('cases');
    return { kind: 'count', least, of };
  }
  const which = cursor.oneOf('“at least … of … cases” or one of', ['all', 'most']);
  cursor.words('cases');
  return { kind: which };
}
