import { originOf } from '../../src/core/origin';
import { unsupportedName } from '../../src/core/unsupported';
import { Distribution } from '../../src/engine/explain/distribution';
import { explain } from '../../src/engine/explain/explain';
import { randomFrom } from '../../src/engine/explain/random';
import type { Model } from '../../src/engine/model';

/** Objects whose members this very runtime knows, as code names them. */
const receivers: readonly (readonly [string, object])[] = [
  ['Math', Math],
  ['JSON', JSON],
  ['Object', Object],
  ['Array', Array],
  ['Promise', Promise],
  ['Number', Number],
  ['console', console],
  ['process', process],
  ['[1, 2, 3]', Array.prototype],
  ['"text"', String.prototype],
  ['new Map()', Map.prototype],
  ['new Set()', Set.prototype],
  ['Date', Date],
  ['new Date()', Date.prototype],
  ['Reflect', Reflect],
  ['/a/', RegExp.prototype],
  ['Symbol', Symbol],
  ['String', String],
  ['Buffer', Buffer],
];
const contexts = [
  'let width = 12;\nlet height = 30;\nlet depth = width * height;\n\n',
  'var weights = [2, 3, 5];\nvar best = weights[2];\n\n',
  'let limit = 100;\nlet step = limit / 4;\n\n',
];
const drawn = 12;
const longest = 8;

/** A name the model wrote after a dot, and whether anything of that name exists there. */
export interface ApiName {
  readonly name: string;
  readonly exists: boolean;
  readonly marked: boolean;
}

/** Names drawn from the model itself at temperature 1: many exist, and many it makes up. */
export async function apiNames(model: Model): Promise<ApiName[]> {
  const random = randomFrom([9]);
  const found: ApiName[] = [];
  for (const [receiver, object] of receivers) {
    for (const context of contexts) {
      const text = `${context}const result = ${receiver}.`;
      const prompt = [
        ...model.tokenizer.prefix('typescript'),
        ...model.tokenizer.encode(text).map(({ id }) => id),
      ];
      for (let count = 0; count < drawn; count++) {
        const ids = await nameAfter(model, prompt, random);
        const name = ids.map((id) => model.tokenizer.textOf(id)).join('');
        if (ids.length > 0)
          found.push({ name, exists: has(object, name), marked: await marked(model, prompt, ids, text) });
      }
    }
  }
  return found;
}

/** Draws tokens as long as they make up a name. */
async function nameAfter(model: Model, prompt: readonly number[], random: () => number): Promise<number[]> {
  const decoder = model.decoder();
  const ids: number[] = [];
  let logits = await decoder.step(prompt);
  while (ids.length < longest) {
    const distribution = new Distribution(logits);
    let rest = random();
    const id = logits.findIndex((_, candidate) => {
      rest -= distribution.probabilityOf(candidate);
      return rest < 0;
    });
    if (id < 0 || !/^[\w$]+$/.test(model.tokenizer.textOf(id))) break;
    ids.push(id);
    logits = await decoder.step([id]);
  }
  return ids;
}

/** Asked of the name's last token, with the bracket of a call behind it; in TypeScript, in a document of nothing else. */
async function marked(
  model: Model,
  prompt: readonly number[],
  name: readonly number[],
  document: string,
): Promise<boolean> {
  const [bracket] = model.tokenizer.encode('(');
  const position = prompt.length + name.length - 1;
  const explanation = await explain(model, {
    ids: [...prompt, ...name, bracket!.id],
    position,
    target: null,
    contrast: null,
    verify: false,
    method: 'direct',
  });
  return unsupportedName(explanation, originOf(explanation), { language: 'typescript', document }) !== null;
}

function has(object: object, name: string): boolean {
  return name in object || name in Object.prototype;
}
