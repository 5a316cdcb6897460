import assert from 'node:assert/strict';
import { placesOf } from '../../src/engine/checkpoint/discovery/places';

describe('where programs keep models', () => {
  const linux = { platform: 'linux', home: '/home/me' } as const;
  const windows = { platform: 'win32', home: 'C:\\Users\\me' } as const;
  const mac = { platform: 'darwin', home: '/Users/me' } as const;

  it('on Linux, by habit', () => {
    assert.deepEqual(placesOf({ ...linux, environment: {} }), {
      huggingface: '/home/me/.cache/huggingface/hub',
      ollama: ['/home/me/.ollama/models', '/usr/share/ollama/.ollama/models'],
      lmstudio: ['/home/me/.lmstudio', '/home/me/.cache/lm-studio'],
      llamacpp: '/home/me/.cache/llama.cpp',
      gpt4all: ['/home/me/.local/share/nomic.ai/GPT4All', '/home/me/.cache/gpt4all'],
    });
  });

  it('on macOS, by habit', () => {
    assert.deepEqual(placesOf({ ...mac, environment: {} }), {
      huggingface: '/Users/me/.cache/huggingface/hub',
      ollama: ['/Users/me/.ollama/models'],
      lmstudio: ['/Users/me/.lmstudio', '/Users/me/.cache/lm-studio'],
      llamacpp: '/Users/me/Library/Caches/llama.cpp',
      gpt4all: ['/Users/me/Library/Application Support/nomic.ai/GPT4All', '/Users/me/.cache/gpt4all'],
    });
  });

  it('on Windows, by habit', () => {
    const environment = { LOCALAPPDATA: 'D:\\local' };
    assert.deepEqual(placesOf({ ...windows, environment }), {
      huggingface: 'C:\\Users\\me\\.cache\\huggingface\\hub',
      ollama: ['C:\\Users\\me\\.ollama\\models'],
      lmstudio: ['C:\\Users\\me\\.lmstudio', 'C:\\Users\\me\\.cache\\lm-studio'],
      llamacpp: 'D:\\local\\llama.cpp',
      gpt4all: ['D:\\local\\nomic.ai\\GPT4All', 'C:\\Users\\me\\.cache\\gpt4all'],
    });
    const { llamacpp } = placesOf({ ...windows, environment: {} });
    assert.equal(llamacpp, 'C:\\Users\\me\\AppData\\Local\\llama.cpp');
  });

  it('where the environment says', () => {
    const hub = (environment: NodeJS.ProcessEnv) => placesOf({ ...linux, environment }).huggingface;
    assert.equal(hub({ XDG_CACHE_HOME: '/x' }), '/x/huggingface/hub');
    assert.equal(hub({ XDG_CACHE_HOME: '/x', HF_HOME: '/h' }), '/h/hub');
    assert.equal(hub({ HF_HOME: '/h', HF_HUB_CACHE: '/c' }), '/c');
    assert.equal(hub({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/d' }), '/d');
    assert.equal(hub({ HF_HOME: '~/h' }), '/home/me/h/hub');
    assert.equal(hub({ HF_HUB_CACHE: '' }), '/home/me/.cache/huggingface/hub');
    const environment = { OLLAMA_MODELS: '/o', LLAMA_CACHE: '/l', XDG_DATA_HOME: '/s' };
    const { ollama, llamacpp, gpt4all } = placesOf({ ...linux, environment });
    assert.deepEqual([ollama[0], llamacpp, gpt4all[0]], ['/o', '/l', '/s/nomic.ai/GPT4All']);
  });
});
