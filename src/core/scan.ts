import { nameToken, showProbability } from './display';
import { roleOf, standsIn } from './nameUse';
import { isExplainable, statisticsOf, type WhenceRecord } from './record';
import { unsupportedName, unsupportedSentence } from './unsupported';
import { tokenWords } from './words';

/** A place in a text that is worth a second look. */
export interface ScanSpot {
  readonly kind: 'torn' | 'unsupported';
  /** Its tokens. */
  readonly indices: readonly number[];
  /** Why, in a sentence. */
  readonly sentence: string;
  /** In [0, 1]: how strongly it asks for a look. */
  readonly weight: number;
  /** The name that has no support; null where the model was torn. */
  readonly name: string | null;
}

/** The model is torn where another token has at least this share of the token's own probability… */
const leastRivalry = 0.5;
/** …and both have at least this much. */
const leastProbability = 0.15;

/** A sign or word that says something; space, brackets and quotes are a matter of style. */
const meaningful = /[\p{L}\p{N}]|^[-+*/%<>=!&|^~]+$/u;
/** What stands behind one of these is said to people, not to the machine. */
const comment = /^\s*(?:#|\/\/|\*|\/\*|"""|''')/;

/**
 * The places of a record where the model was torn between tokens of different meaning, or a name has no support.
 *
 * @param document the whole text that the record's is a part of
 */
export function scanSpots(record: WhenceRecord, document: string): readonly ScanSpot[] {
  const words = tokenWords(record.tokens, record.tokens.length);
  const names = words.flatMap((word) => unsupportedSpot(record, document, word.indices, word.text));
  const torn = words.flatMap(({ indices }) => tornSpot(record, indices));
  const known = new Set(names.flatMap(({ indices }) => indices));
  return [...names, ...torn.filter(({ indices }) => !indices.some((index) => known.has(index)))];
}

/** Decided at the first token of a word: those behind it only spell it out. */
function tornSpot(record: WhenceRecord, indices: readonly number[]): readonly ScanSpot[] {
  const index = indices[0]!;
  const token = record.tokens[index]!;
  const statistics = statisticsOf(record, index);
  if (!statistics || !isExplainable(record, index) || isComment(record, token.start)) return [];
  const own = token.text.trim();
  const rival = statistics.alternatives.find(({ id, text }) => id !== token.id && differs(own, text.trim()));
  if (!rival || !meaningful.test(own)) return [];
  const { probability } = statistics;
  if (Math.min(probability, rival.probability) < leastProbability) return [];
  if (rival.probability < leastRivalry * probability) return [];
  const sentence = `Torn: the model gave ${nameToken(token.text)} ${showProbability(probability)} and ${nameToken(rival.text)} ${showProbability(rival.probability)}.`;
  return [{ kind: 'torn', indices, sentence, weight: Math.min(probability, rival.probability), name: null }];
}

/** Of two tokens where one begins the other, both may go on to the same word. */
function differs(own: string, other: string): boolean {
  return meaningful.test(other) && !own.startsWith(other) && !other.startsWith(own);
}

function unsupportedSpot(
  record: WhenceRecord,
  document: string,
  indices: readonly number[],
  text: string,
): readonly ScanSpot[] {
  if (indices.some((index) => !isExplainable(record, index))) return [];
  const { tokens, offset, language } = record;
  const inRecord = tokens[indices[0]!]!.start + leadOf(tokens[indices[0]!]!.text);
  const start = offset + inRecord;
  const preceding = document.slice(0, start);
  const after = document.slice(start + text.length);
  const role = /^[\p{L}_$]/u.test(text) ? roleOf(text, preceding, after) : null;
  if (role === null || isComment(record, inRecord)) return [];
  const probability = indices.reduce((all, index) => all * statisticsOf(record, index)!.probability, 1);
  const inContext = standsIn(preceding, text, after !== '');
  const name = { text, first: indices[0]!, role, probability, inContext };
  // What stands nowhere above cannot have been copied.
  const found = unsupportedName({ name }, { kind: 'recalled' }, { language, document });
  return found
    ? [
        {
          kind: 'unsupported',
          indices,
          sentence: unsupportedSentence(found),
          weight: 1 - probability,
          name: text,
        },
      ]
    : [];
}

function leadOf(text: string): number {
  return text.length - text.trimStart().length;
}

function isComment({ text }: WhenceRecord, offset: number): boolean {
  return comment.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 3));
}
