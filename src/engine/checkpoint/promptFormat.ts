import { isObject, type JsonObject } from './json';
import { languageTag } from './language';
import type { Vocabulary } from './vocabulary';

/** The files that say what comes before and after a text; the last two are empty objects where they do not exist. */
export interface FormatFiles {
  readonly config: JsonObject;
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
  readonly generationConfig: JsonObject;
}

/**
 * The tokens that end a text, from every file that names some: any of them is enough to stop. Only special tokens
 * count: the default of a configuration can name a number that this vocabulary gives to a piece of text.
 */
export function endOfText(files: FormatFiles, vocabulary: Vocabulary): ReadonlySet<number> {
  const { config, generationConfig, tokenizerConfig } = files;
  const nested = isObject(config.text_config) ? config.text_config : {};
  const named = vocabulary.specials.get(spellingOf(tokenizerConfig.eos_token) ?? '');
  const ids = [config.eos_token_id, nested.eos_token_id, generationConfig.eos_token_id, named].flat();
  return new Set(ids.filter((id): id is number => typeof id === 'number' && vocabulary.isSpecial(id)));
}

/**
 * What stands before a text in a language. A model with language tags (special tokens such as `<|py|>`) gets the
 * language's tag; any other the beginning-of-text tokens that its tokenizer adds, if it adds some.
 */
export function prefixOf(
  language: string | null,
  files: FormatFiles,
  vocabulary: Vocabulary,
): readonly number[] {
  const tags = new Map<string, number>();
  for (const [name, id] of vocabulary.specials) {
    const tag = /^<\|(.+)\|>$/.exec(name)?.[1];
    if (tag !== undefined) tags.set(tag.toLowerCase(), id);
  }
  const tag = languageTag(language, tags);
  if (tag !== null) return [tag];
  return beginningOfText(files)
    .map((name) => vocabulary.specials.get(name))
    .filter((id) => id !== undefined);
}

/** The spellings of the tokens that the tokenizer puts first. `add_bos_token` decides where it is given. */
function beginningOfText({ tokenizer, tokenizerConfig }: FormatFiles): readonly string[] {
  const bos = spellingOf(tokenizerConfig.bos_token);
  if (tokenizerConfig.add_bos_token === true && bos !== null) return [bos];
  if (tokenizerConfig.add_bos_token === false) return [];
  return addedBefore(tokenizer.post_processor);
}

function addedBefore(processor: unknown): readonly string[] {
  if (!isObject(processor)) return [];
  if (processor.type === 'Sequence' && Array.isArray(processor.processors)) {
    return processor.processors.flatMap(addedBefore);
  }
  if (processor.type !== 'TemplateProcessing' || !Array.isArray(processor.single)) return [];
  const names: string[] = [];
  for (const item of processor.single) {
    const token = isObject(item) && isObject(item.SpecialToken) ? item.SpecialToken.id : null;
    if (typeof token !== 'string') break;
    names.push(token);
  }
  return names;
}

/** A special token as tokenizer_config.json gives it: its spelling, or an object that holds it. */
function spellingOf(token: unknown): string | null {
  const spelling = isObject(token) ? token.content : token;
  return typeof spelling === 'string' ? spelling : null;
}
