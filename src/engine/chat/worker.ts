// Renders one chat template, in a thread of its own that is ended when it takes too long or too much memory.
import { parentPort, workerData } from 'node:worker_threads';
import { Template } from '@huggingface/jinja';
import { chatLimits, type RenderAnswer, type RenderRequest } from './limits';

function render({ template, variables }: RenderRequest): RenderAnswer {
  try {
    const text = new Template(template).render({ ...variables });
    return text.length > chatLimits.characters ? { refused: 'it makes too long a text' } : { text };
  } catch (thrown) {
    return { refused: thrown instanceof Error ? thrown.message.slice(0, chatLimits.reason) : 'it fails' };
  }
}

parentPort?.postMessage(render(workerData as RenderRequest));
