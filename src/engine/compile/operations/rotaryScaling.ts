/** How the angles of rotary positions are changed for longer texts than the model was first trained on. */
export type RotaryScaling =
  | { readonly kind: 'none' }
  /** Positions divided (Chen et al. 2023). */
  | { readonly kind: 'linear'; readonly factor: number }
  /** θ grown with the length once it passes the trained one (bloc97, emozilla 2023). */
  | { readonly kind: 'dynamic'; readonly factor: number; readonly trained: number }
  /** Slow frequencies divided, fast ones kept, a ramp between (Llama 3.1, 2024). */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFactor: number;
      readonly highFactor: number;
      readonly trained: number;
    }
  /** The same by the number of turns within the trained length, with hotter attention (Peng et al. 2023). */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly trained: number;
      readonly fast: number;
      readonly slow: number;
      readonly whole: boolean;
      readonly attention: number;
    }
  /** A divisor for each frequency, one list within the trained length and one beyond it (Ding et al. 2024). */
  | {
      readonly kind: 'longrope';
      readonly short: readonly number[];
      readonly long: readonly number[];
      readonly trained: number;
      readonly attention: number;
    };

/**
 * Angle per position of each pair of dimensions, [width / 2], in a text of `length` positions. Every step is rounded to
 * fp32 where the reference implementation (transformers, modeling_rope_utils.py) rounds it.
 */
export function scaledFrequencies(
  width: number,
  theta: number,
  scaling: RotaryScaling,
  length: number,
): readonly number[] {
  const plain = (base: number) =>
    Array.from({ length: width / 2 }, (_, i) => {
      const exponent = Math.fround((2 * i) / width);
      return Math.fround(1 / Math.fround(base ** exponent));
    });
  switch (scaling.kind) {
    case 'none':
      return plain(theta);
    case 'linear':
      return plain(theta).map((frequency) => Math.fround(frequency / scaling.factor));
    case 'dynamic': {
      const stretch =
        (scaling.factor * Math.max(length, scaling.trained)) / scaling.trained - (scaling.factor - 1);
      return plain(theta * stretch ** (width / (width - 2)));
    }
    case 'llama3':
      return plain(theta).map((frequency) => llama3(frequency, scaling));
    case 'yarn':
      return yarn(width, theta, scaling);
    case 'longrope': {
      const divisors = length > scaling.trained ? scaling.long : scaling.short;
      return divisors.map((divisor, i) => {
        const power = Math.fround(theta ** Math.fround((2 * i) / width));
        return Math.fround(1 / Math.fround(Math.fround(divisor) * power));
      });
    }
  }
}

/** What cosines and sines are multiplied by. */
export function rotaryStrength(scaling: RotaryScaling): number {
  return 'attention' in scaling ? scaling.attention : 1;
}

function llama3(frequency: number, scaling: RotaryScaling & { kind: 'llama3' }): number {
  const { factor, lowFactor, highFactor, trained } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > trained / lowFactor) return Math.fround(frequency / factor);
  if (wavelength < trained / highFactor) return frequency;
  const smooth = (trained / wavelength - lowFactor) / (highFactor - lowFactor);
  return Math.fround(((1 - smooth) * frequency) / factor + smooth * frequency);
}

function yarn(width: number, theta: number, scaling: RotaryScaling & { kind: 'yarn' }): readonly number[] {
  const { factor, trained, fast, slow, whole } = scaling;
  /** The dimension whose pair turns so many times within the trained length. */
  const dimension = (turns: number) =>
    (width * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const low = Math.max(whole ? Math.floor(dimension(fast)) : dimension(fast), 0);
  const end = Math.min(whole ? Math.ceil(dimension(slow)) : dimension(slow), width - 1);
  const high = end === low ? end + 0.001 : end;
  return Array.from({ length: width / 2 }, (_, i) => {
    const power = Math.fround(theta ** Math.fround((2 * i) / width));
    const kept = 1 - Math.min(Math.max((i - low) / (high - low), 0), 1);
    const extrapolated = Math.fround(1 / power);
    const interpolated = Math.fround(1 / Math.fround(factor * power));
    return Math.fround(interpolated * (1 - kept) + extrapolated * kept);
  });
}
