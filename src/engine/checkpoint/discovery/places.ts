import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** What decides where programs keep their models. */
export interface System {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export const thisSystem = (): System => ({
  environment: process.env,
  platform: process.platform,
  home: homedir(),
});

/** Folders in which other programs keep models; most of them are not there. */
export interface Places {
  /** `huggingface_hub`'s cache, where llama.cpp downloads to as well since 2026. */
  readonly huggingface: string;
  /** Folders with `blobs` and `manifests`. */
  readonly ollama: readonly string[];
  /** Where LM Studio keeps all it has: models, and settings that may name another folder for them. */
  readonly lmstudio: readonly string[];
  readonly llamacpp: string;
  readonly gpt4all: readonly string[];
}

/**
 * The folders by each program's own rules:
 * - Hugging Face: `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME` (huggingface_hub, "Environment variables");
 * - Ollama: `OLLAMA_MODELS`, else `~/.ollama/models`; as a Linux service in its own home (ollama, docs/faq.md);
 * - LM Studio: `~/.lmstudio`, before version 0.3.6 `~/.cache/lm-studio` (LM Studio, "Import Models");
 * - llama.cpp: `LLAMA_CACHE`, else the system's folder for caches (llama.cpp, `fs_get_cache_directory` and pull request 7826);
 * - GPT4All: the desktop's download path (GPT4All, "Settings") and the Python package's.
 */
export function placesOf({ environment, platform, home }: System): Places {
  const { join } = platform === 'win32' ? win32 : posix;
  const named = (name: string): string | null => {
    const value = environment[name]?.trim();
    if (!value) return null;
    return /^~(?=$|[/\\])/.test(value) ? join(home, value.slice(1)) : value;
  };
  const cache = named('XDG_CACHE_HOME') ?? join(home, '.cache');
  const local = named('LOCALAPPDATA') ?? join(home, 'AppData', 'Local');
  const library = join(home, 'Library');
  const bySystem = (windows: string, mac: string, other: string) =>
    platform === 'win32' ? windows : platform === 'darwin' ? mac : other;
  const hub = named('HF_HUB_CACHE') ?? named('HUGGINGFACE_HUB_CACHE');
  const service = platform === 'linux' ? ['/usr/share/ollama/.ollama/models'] : [];
  const caches = bySystem(local, join(library, 'Caches'), cache);
  const data = bySystem(
    local,
    join(library, 'Application Support'),
    named('XDG_DATA_HOME') ?? join(home, '.local', 'share'),
  );
  return {
    huggingface: hub ?? join(named('HF_HOME') ?? join(cache, 'huggingface'), 'hub'),
    ollama: [named('OLLAMA_MODELS') ?? join(home, '.ollama', 'models'), ...service],
    lmstudio: [join(home, '.lmstudio'), join(home, '.cache', 'lm-studio')],
    llamacpp: named('LLAMA_CACHE') ?? join(caches, 'llama.cpp'),
    gpt4all: [join(data, 'nomic.ai', 'GPT4All'), join(home, '.cache', 'gpt4all')],
  };
}
