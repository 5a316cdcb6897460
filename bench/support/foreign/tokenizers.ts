import { readFileSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { renderChat } from '../../../src/engine/chat/render';
import { openCheckpoint } from '../../../src/engine/checkpoint/checkpoint';
import { readGgufHeader } from '../../../src/engine/checkpoint/gguf/header';
import { ggufTokenizer } from '../../../src/engine/checkpoint/gguf/tokenizer';
import { createTokenizer, openTokenizer } from '../../../src/engine/checkpoint/tokenizer';
import type { Tokenizer } from '../../../src/engine/model';
import { ggufOf } from './ggufTokenizer';
import { bytesOf, jsonOf, type Kind, put } from './kind';

const fixtures = join('test', 'fixtures');
const text = 'def größe(x):\n\treturn "😀" + x  # <s> <|endoftext|>\r\n';
const rows = 1 << 16;

/** The tokenizers of test/fixtures/tokenizers, by family. */
const { kinds: families } = JSON.parse(readFileSync(join(fixtures, 'tokenizers', 'small.json'), 'utf8')) as {
  kinds: Record<string, { tokenizer: Parameters<typeof ggufOf>[0] }>;
};
const bytesFamily = 'GPT-2, CodeGen, Phi';
const sentencePieceFamily = 'Llama, Code Llama, TinyLlama';

/** All that is asked of a tokenizer. */
function readWith(tokenizer: Tokenizer): void {
  const ids = tokenizer.encode(text).map(({ id }) => id);
  tokenizer.encodeBehind(text);
  tokenizer.encodeMarked(text);
  tokenizer.decode(ids);
  tokenizer.locate([...tokenizer.prefix('python'), ...ids, ...tokenizer.endOfText]);
  const most = Math.min(tokenizer.vocabularySize, 200);
  for (let id = 0; id < most; id++) tokenizer.textOf(id);
}

/** A model's folder with one of the small tokenizers; its weights are not looked at. */
function tokenizer(what: string, family: string, damage: (file: string) => ReturnType<typeof jsonOf>): Kind {
  return {
    what,
    async make(folder) {
      await cp(join(fixtures, 'checkpoints', 'llama'), folder, { recursive: true });
      await put(JSON.stringify(families[family]!.tokenizer), folder, 'tokenizer.json');
      await put(JSON.stringify({ eos_token_id: [1, 2] }), folder, 'generation_config.json');
      const config = {
        add_bos_token: true,
        bos_token: '<s>',
        eos_token: { content: '</s>' },
        chat_template: '{{ 1 }}',
      };
      await put(JSON.stringify(config), folder, 'tokenizer_config.json');
      return damage(folder);
    },
    async read(folder) {
      readWith(await openTokenizer(await openCheckpoint(folder), rows));
      return true;
    },
  };
}

/** The tokenizer that a GGUF file carries. */
function inGguf(what: string, family: string, kind: 'gpt2' | 'llama'): Kind {
  return {
    what,
    make: async (folder) => bytesOf(await put(ggufOf(families[family]!.tokenizer, kind), folder, 'm.gguf')),
    async read(folder) {
      const files = { config: {}, ...ggufTokenizer(await readGgufHeader(join(folder, 'm.gguf'))) };
      readWith(createTokenizer(files, rows, 'm'));
      return true;
    },
  };
}

const template: Kind = {
  what: 'chat template',
  slow: true,
  async make(folder) {
    const { kinds } = JSON.parse(await readFile(join(fixtures, 'chat', 'templates.json'), 'utf8')) as {
      kinds: Record<string, { template: string }>;
    };
    const whole = Object.values(kinds).map(({ template }) => template);
    const spoils = await Promise.all(
      whole.map(async (content, at) => bytesOf(await put(content, folder, `${at}.jinja`))),
    );
    await put(whole[0]!, folder, 'chat_template.jinja');
    return async (random) => {
      const damaged = await spoils[Math.floor(random() * spoils.length)]!(random);
      await put(damaged!, folder, 'chat_template.jinja');
      return damaged;
    };
  },
  async read(folder) {
    const template = await readFile(join(folder, 'chat_template.jinja'), 'utf8');
    const options = { worker: resolve('dist', 'template.js'), model: 'fuzz' };
    const tokens = { bos_token: '<s>', eos_token: '</s>' };
    await renderChat({ template, tokens }, [{ role: 'user', content: 'Hello' }], options);
    return true;
  },
};

const own = (name: string) => (folder: string) => jsonOf(join(folder, name));

export const tokenizers: readonly Kind[] = [
  tokenizer('tokenizer.json, bytes', bytesFamily, own('tokenizer.json')),
  tokenizer('tokenizer.json, SentencePiece', sentencePieceFamily, own('tokenizer.json')),
  tokenizer('tokenizer.json, splits', 'DeepSeek-Coder', own('tokenizer.json')),
  tokenizer('tokenizer_config.json', bytesFamily, own('tokenizer_config.json')),
  tokenizer('generation_config.json', bytesFamily, own('generation_config.json')),
  inGguf('tokenizer in GGUF, bytes', bytesFamily, 'gpt2'),
  inGguf('tokenizer in GGUF, SentencePiece', sentencePieceFamily, 'llama'),
  template,
];
