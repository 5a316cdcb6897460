/** Tokens that are guessed at once: each costs a position of the forward whether it was right or not. */
const most = 12;

/**
 * What a text probably goes on with, to be checked in the forward that says what comes next: writing then takes a forward for
 * each wrong guess and not for each token, and the text is the same (Leviathan et al., "Fast inference from transformers via
 * speculative decoding", 2023). As long as it goes as it once did, what came then; else what followed the last two tokens, or
 * the last one, where they stood before, over and over: what is written without its parts is often a loop.
 *
 * @param written what was written after the prompt
 * @param likely what was once written there
 */
export function guessAfter(
  prompt: readonly number[],
  written: readonly number[],
  likely: readonly number[],
): number[] {
  if (written.every((id, at) => id === likely[at]) && likely.length > written.length) {
    return likely.slice(written.length, written.length + most);
  }
  const ids = [...prompt, ...written];
  for (const tail of [2, 1]) {
    const from = earlier(ids, tail);
    if (from === -1) continue;
    const period = ids.length - from;
    const guess: number[] = [];
    while (guess.length < most) guess.push(ids[from + (guess.length % period)]!);
    return guess;
  }
  return [];
}

/** Where what followed the last tokens begins, where they stood last before; -1 for nowhere. */
function earlier(ids: readonly number[], tail: number): number {
  for (let end = ids.length - 1; end >= tail; end--) {
    let same = 0;
    while (same < tail && ids[end - 1 - same] === ids[ids.length - 1 - same]) same++;
    if (same === tail) return end;
  }
  return -1;
}
