import '../run/noTelemetry';
import { WhenceError } from '../../core/errors';

/**
 * Makes sure that ONNX Runtime is there. Its package has native bindings for some platforms only, and requiring it on
 * another throws; so does a binding whose system libraries are missing.
 */
export async function requireRuntime(): Promise<void> {
  try {
    await import('onnxruntime-node');
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const reason = String((cause as NodeJS.ErrnoException).message ?? cause).split('\n', 1)[0];
    const message =
      (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
        ? `Whence's engine needs ONNX Runtime, which does not exist for ${platform}. Use Whence on another machine, or over VS Code's remote development.`
        : `Whence's engine needs ONNX Runtime, which does not start on this machine (${platform}): ${reason}.`;
    throw new WhenceError('platform-unsupported', message, { cause });
  }
}
