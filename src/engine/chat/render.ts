import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { cancelled, WhenceError } from '../../core/errors';
import { chatLimits, type RenderAnswer, type RenderRequest } from './limits';
import type { ChatFormat } from './template';

/** A turn of a conversation. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface RenderOptions {
  /** The program that renders, dist/template.js. */
  readonly worker: string;
  /** The model's name in errors. */
  readonly model: string;
  readonly signal?: AbortSignal;
}

/**
 * A conversation as the model reads it, up to where its answer begins: what `apply_chat_template` of transformers gives with
 * `add_generation_prompt`. The template runs in a thread of its own under `chatLimits`.
 *
 * @throws WhenceError `bad-input` where the template refuses the conversation, `model-unsupported` where it cannot be rendered
 */
export async function renderChat(
  { template, tokens }: ChatFormat,
  messages: readonly Message[],
  { worker: program, model, signal }: RenderOptions,
): Promise<string> {
  if (template.length > chatLimits.templateBytes)
    throw unusable(model, `it is longer than ${chatLimits.templateBytes} characters`);
  const variables = { ...tokens, messages, add_generation_prompt: true };
  const workerData: RenderRequest = { template, variables };
  const worker = new Worker(program, {
    workerData,
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: chatLimits.megabytes,
      maxYoungGenerationSizeMb: 8,
      stackSizeMb: 2,
    },
  });
  const timeout = new AbortController();
  const ended = signal ? AbortSignal.any([timeout.signal, signal]) : timeout.signal;
  let timer: NodeJS.Timeout | undefined;
  // What goes wrong after the answer was given up is nobody's concern, but an error that nobody hears ends the process.
  worker.on('error', () => undefined);
  worker.once('online', () => {
    timer = setTimeout(() => timeout.abort(), chatLimits.milliseconds);
  });
  try {
    const [answer] = (await once(worker, 'message', { signal: ended })) as [RenderAnswer];
    if ('text' in answer) return answer.text;
    throw new WhenceError(
      'bad-input',
      `The chat template of ${model} does not take this: ${answer.refused.replace(/\.$/, '')}. Ask differently, or use --prompt.`,
    );
  } catch (thrown) {
    if (thrown instanceof WhenceError) throw thrown;
    if (signal?.aborted) throw cancelled();
    const { code } = thrown as NodeJS.ErrnoException;
    if (timeout.signal.aborted)
      throw unusable(model, `it takes longer than ${chatLimits.milliseconds / 1000} s`, thrown);
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw unusable(model, `it takes more than ${chatLimits.megabytes} MB of memory`, thrown);
    throw unusable(model, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function unusable(model: string, reason: string, cause?: unknown): WhenceError {
  return new WhenceError(
    'model-unsupported',
    `The chat template of ${model} cannot be used: ${reason}. Use --prompt, or choose another model.`,
    { cause },
  );
}
