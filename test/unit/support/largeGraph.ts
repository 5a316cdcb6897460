import { uniform } from '../../reference/random';

/**
 * A graph as circuit-tracer writes it, of nearly so many bytes: features of 26 layers over 64 tokens, each reading some of
 * those below it, and one logit.
 */
export function largeGraph(bytes: number): string {
  const random = uniform(1);
  const tokens = 64;
  const layers = 26;
  const perPlace = 6;
  const below = (count: number) => Math.floor(random() * count);
  const node = (node_id: string, layer: string, ctx_idx: number, feature_type: string, clerp: string) =>
    JSON.stringify({
      node_id,
      feature: 7,
      layer,
      ctx_idx,
      feature_type,
      token_prob: feature_type === 'logit' ? 0.5 : 0,
      is_target_logit: feature_type === 'logit',
      run_idx: 0,
      reverse_ctx_idx: 0,
      jsNodeId: `${node_id}-0`,
      clerp,
      influence: 0.5,
      activation: 1.5,
    });
  const ids: string[] = [];
  const nodes: string[] = [];
  const add = (id: string, ...rest: [string, number, string, string]) => {
    ids.push(id);
    nodes.push(node(id, ...rest));
  };
  for (let at = 0; at < tokens; at++) add(`E_${at + 5}_${at}`, 'E', at, 'embedding', `Emb: "t${at}"`);
  for (let layer = 0; layer < layers; layer++) {
    for (let at = 0; at < tokens; at++) {
      for (let index = 0; index < perPlace; index++) {
        add(
          `${layer}_${100 * index + layer}_${at}`,
          String(layer),
          at,
          'cross layer transcoder',
          'a feature',
        );
      }
    }
  }
  const logit = `${layers + 1}_42_${tokens - 1}`;
  add(logit, String(layers + 1), tokens - 1, 'logit', 'Output " of" (p=0.500)');
  const metadata = {
    slug: 'large',
    scan: 'gemma-2-2b',
    transcoder_list: [],
    prompt_tokens: Array.from({ length: tokens }, (_, at) => `t${at}`),
    prompt: 'large',
    schema_version: 1,
  };
  const qParams = { pinnedIds: [], supernodes: [], linkType: 'both', clickedId: '', sg_pos: '' };
  const head = `{"metadata":${JSON.stringify(metadata)},"qParams":${JSON.stringify(qParams)},"nodes":[${nodes.join()}],"links":[`;
  const links: string[] = [];
  let size = head.length + 2;
  const perLayer = tokens * perPlace;
  for (;;) {
    const target = tokens + below(ids.length - tokens);
    const layer = target === ids.length - 1 ? layers : Math.floor((target - tokens) / perLayer);
    const source = below(tokens + layer * perLayer);
    const link = `{"source":"${ids[source]}","target":"${ids[target]}","weight":${(random() - 0.4).toFixed(6)}}`;
    size += link.length + 1;
    if (size > bytes) return `${head}${links.join()}]}`;
    links.push(link);
  }
}
