import type { StopAt } from '../../core/generation';
import { type LanguageFamily, languageFamily } from '../checkpoint/language';
import { ended, goesOn, type StopRule } from './ending';
import { braceRule } from './stopBrace';
import { indentRule } from './stopIndent';

/**
 * The rule for where a continuation of `before` ends. `line`: with the first line that has anything on it. `statement`
 * and `block` follow the language: indentation for Python and its like, brackets for TypeScript and the rest; prose ends
 * with its line or its paragraph. A block is what is left of the innermost one around the cursor; outside all blocks it
 * is a paragraph. A brace that closes what was open before the cursor is never part of the continuation.
 */
export function stopRule(stopAt: StopAt, language: string | null, before: string): StopRule {
  const family = languageFamily(language);
  const rule = ruleOf(stopAt, family, before);
  return (generated) => {
    const { end, sure } = rule(generated);
    // White space may yet turn out to lie between the continuation's end and what follows it.
    return end === null ? { end, sure: Math.min(sure, generated.trimEnd().length) } : { end, sure: end };
  };
}

function ruleOf(stopAt: StopAt, family: LanguageFamily, before: string): StopRule {
  if (stopAt === 'limit') return goesOn;
  if (stopAt === 'line' || (stopAt === 'statement' && family === 'plain')) return lineRule;
  if (family === 'plain') return paragraphRule;
  return family === 'indent' ? indentRule(stopAt, before) : braceRule(stopAt, before);
}

const lineRule: StopRule = (generated) => {
  const start = generated.search(/\S/);
  const end = start === -1 ? -1 : generated.indexOf('\n', start);
  return end === -1 ? goesOn(generated) : ended(generated, end);
};

const paragraphRule: StopRule = (generated) => {
  const blank = /\S[^\n]*(\n[^\S\n]*\n)/.exec(generated);
  return blank ? ended(generated, blank.index + blank[0].length - blank[1]!.length) : goesOn(generated);
};
