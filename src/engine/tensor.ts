/** A dense row-major fp32 tensor. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}
