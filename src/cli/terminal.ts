import { colorDepth, type Style, styleFor } from './style';

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  readonly style: Style;
  /** Columns to stay within. */
  readonly width: number;
  /** A part of the result, as it is. */
  readonly write: (text: string) => void;
  /** The result as JSON. */
  readonly json: (value: unknown) => void;
  /** What is being done; shown only where somebody is looking. */
  readonly progress: (message: string) => void;
  /** A sentence that is not part of the result. */
  readonly note: (sentence: string) => void;
}

const widest = 110;
const eraseLine = '\r\u001b[2K';

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const visible = stderr.isTTY && env.TERM !== 'dumb';
  let pending = false;
  const clear = () => {
    if (pending) stderr.write(eraseLine);
    pending = false;
  };
  process.once('exit', clear);
  // A reader that has seen enough, as `head` has, is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const write = (text: string) => {
    clear();
    stdout.write(text);
  };
  return {
    style: styleFor(colorDepth(stdout, env)),
    width: Math.min(stdout.columns ?? widest, widest),
    write,
    json: (value) => write(`${JSON.stringify(value, null, 2)}\n`),
    progress: (message) => {
      if (!visible) return;
      stderr.write(`${eraseLine}${message}…`);
      pending = true;
    },
    note: (sentence) => {
      clear();
      stderr.write(`${sentence}\n`);
    },
  };
}
