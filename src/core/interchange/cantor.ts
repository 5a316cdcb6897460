/** One number for a layer and an index in it (Cantor 1878): what graph files of version 1 call a feature. */
export function pair(layer: number, index: number): number {
  const sum = layer + index;
  return (sum * (sum + 1)) / 2 + index;
}

/** The layer and index that a number stands for; exact while their sum is below 10^8. */
export function unpair(feature: number): { readonly layer: number; readonly index: number } {
  let sum = Math.floor((Math.sqrt(8 * feature + 1) - 1) / 2);
  // The root is rounded: near a whole number it may fall on the wrong side.
  if ((sum * (sum + 1)) / 2 > feature) sum -= 1;
  if (((sum + 1) * (sum + 2)) / 2 <= feature) sum += 1;
  const index = feature - (sum * (sum + 1)) / 2;
  return { layer: sum - index, index };
}
