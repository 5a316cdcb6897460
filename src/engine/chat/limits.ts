/** What a chat template may take: it is code that came with a model. */
export const chatLimits = {
  templateBytes: 1 << 18,
  /** From when its thread runs. */
  milliseconds: 1000,
  megabytes: 64,
  /** Of the text that it makes. */
  characters: 4 << 20,
  /** Of its complaint. */
  reason: 300,
} as const;

export interface RenderRequest {
  readonly template: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type RenderAnswer = { readonly text: string } | { readonly refused: string };
