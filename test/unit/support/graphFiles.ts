/** A graph as circuit-tracer writes it: version 1, an error whose id is that of a feature, pins and groups by node_id. */
export const circuitTracerFile = {
  metadata: {
    slug: 'capital',
    scan: 'gemma-2-2b',
    transcoder_list: [],
    prompt_tokens: ['<bos>', 'The', ' capital'],
    prompt: 'The capital',
    node_threshold: 0.8,
    schema_version: 1,
  },
  qParams: {
    pinnedIds: ['1_25_2', '27_42_2'],
    supernodes: [['places', '0_0_2', '1_25_2'], ['empty']],
    linkType: 'both',
    clickedId: '1_25_2',
    sg_pos: '10 20 30 40',
  },
  nodes: [
    ctNode('0_0_2', 0, '0', 2, 'cross layer transcoder', '0_0-0', 'first'),
    ctNode('1_25_2', 376, '1', 2, 'cross layer transcoder', '1_25-0', 'capitals'),
    ctNode('0_0_2', -1, '0', 2, 'mlp reconstruction error', '0_2-0', 'Err: mlp'),
    ctNode('E_714_2', 2, 'E', 2, 'embedding', 'E_714-2', 'Emb: " capital"'),
    {
      ...ctNode('27_42_2', 42, '27', 2, 'logit', 'L_42-2', 'Output " of" (p=0.625)'),
      token_prob: 0.625,
      is_target_logit: true,
    },
  ],
  links: [
    { source: 'E_714_2', target: '0_0_2', weight: 1.5 },
    { source: '0_0_2', target: '1_25_2', weight: -2 },
    { source: '0_0_2', target: '1_25_2', weight: 0.25 },
    { source: '1_25_2', target: '27_42_2', weight: 3 },
    { source: '9_9_9', target: '27_42_2', weight: 3 },
  ],
} as const;

function ctNode(
  node_id: string,
  feature: number,
  layer: string,
  ctx_idx: number,
  feature_type: string,
  jsNodeId: string,
  clerp: string,
) {
  const common = { token_prob: 0, is_target_logit: false, run_idx: 0, reverse_ctx_idx: 0, influence: 0.5 };
  return { node_id, feature, layer, ctx_idx, feature_type, jsNodeId, clerp, activation: 1.25, ...common };
}

/** A graph with attention features, as replacement models write it: layers as numbers, errors and biases by kind. */
export const replacementModelFile = {
  metadata: { slug: 'crm', scan: 'qwen3-4b', prompt_tokens: ['a', 'b'], prompt: 'ab', transcoder_list: [] },
  qParams: {
    pinnedIds: '1_lor_7_1,0_cro_3_0',
    supernodes: [],
    linkType: 'both',
    clickedId: '',
    sg_pos: '',
    clerps: '[["0_cro_3_0","letters"]]',
  },
  nodes: [
    crmNode('0_cro_3_0', 0, 0, 'cross layer transcoder', 9, ''),
    {
      ...crmNode('1_lor_7_1', 1, 1, 'lorsa', 43, ''),
      qk_tracing_results: {
        pair_wise_contributors: [['E_5_1', '0_cro_3_0', 0.5]],
        top_q_marginal_contributors: [['E_5_1', 0.75]],
        top_k_marginal_contributors: [['0_cro_3_0', -0.5]],
      },
    },
    crmNode('0_error_mlp_1', 0, 1, 'mlp reconstruction error', null, ''),
    crmNode('1_error_attn_1', 1, 1, 'lorsa error', null, ''),
    crmNode('1_bias_lorsa_bD_1', 1, 1, 'bias', null, ''),
    crmNode('E_5_1', -1, 1, 'embedding', null, 'b'),
    crmNode('2_11_1', 2, 1, 'logit', 11, "Output 'c' (p=0.5)"),
  ],
  links: [
    { source: '0_cro_3_0', target: '1_lor_7_1', weight: 2 },
    { source: '1_lor_7_1', target: '2_11_1', weight: 1 },
    { source: '0_error_mlp_1', target: '2_11_1', weight: -1 },
    { source: '1_error_attn_1', target: '2_11_1', weight: 0.5 },
    { source: '1_bias_lorsa_bD_1', target: '2_11_1', weight: 0.125 },
  ],
} as const;

function crmNode(
  node_id: string,
  layer: number,
  ctx_idx: number,
  feature_type: string,
  feature: number | null,
  clerp: string,
) {
  return {
    node_id,
    jsNodeId: node_id,
    feature,
    layer,
    ctx_idx,
    feature_type,
    clerp,
    token: 'b',
    activation: null,
  };
}

/** What circuit-tracer's server says of the feature 376 of that graph. */
export const featureFile = {
  transcoder_id: 'cantor',
  index: 376,
  examples_quantiles: [
    {
      quantile_name: 'Subsample interval 0',
      examples: [
        example(['capital', ' of', ' Germany', ' is', ' Berlin'], [0, 0, 1, 0, 4], 4),
        { tokens: [], tokens_acts_list: [] },
      ],
    },
    {
      quantile_name: 'Top activations',
      examples: [example(['The', ' capital', ' is', ' Paris', '.'], [0, 2, 0, 9, 0], 3)],
    },
  ],
  top_logits: [' capital', ' city'],
  bottom_logits: [' river'],
  act_min: 0,
  act_max: 9,
  quantile_values: [0, 9],
  histogram: [1, 1],
  activation_frequency: 0.002,
};

function example(tokens: readonly string[], tokens_acts_list: readonly number[], train_token_ind: number) {
  return { tokens, tokens_acts_list, train_token_ind, is_repeated_datapoint: false };
}
