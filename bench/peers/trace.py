"""The circuit of a next token on the neuron basis, traced with PyTorch: docs/methods.md, "The circuit", in code that shares
nothing with Whence's. `npm run bench -- traced` compares the two.

    python trace.py QUESTION.json ANSWER.json

QUESTION: {"model": folder or file.gguf, "ids": [...], "nodes": N, "rounds": R}. ANSWER: {"seconds": [...], "nodes": {id: value},
"edges": [[source, target, weight], ...]}, ids as Whence has them: t4, L2N118@4, L3H2@4, logit. Needs torch and transformers
(and gguf for such files). Decoders of Llama's kind only: RMSNorm, gated MLPs, no biases.
"""

import json
import os
import sys
import time

os.environ['HF_HUB_OFFLINE'] = '1'

import torch
from transformers import AutoModelForCausalLM

FIRST_ROUND = 64


def load(path):
    """In fp32, with patterns that can be read."""
    folder, name = os.path.split(path)
    where = {'pretrained_model_name_or_path': folder, 'gguf_file': name} if path.endswith('.gguf') else {
        'pretrained_model_name_or_path': path
    }
    return AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, attn_implementation='eager').eval()


class Frozen:
    """The model made affine at a text: norm scales and patterns held, activations by their secant, gates by half."""

    def __init__(self, model, ids):
        config = model.config
        self.model, self.length = model, len(ids)
        self.blocks = model.model.layers
        self.heads = config.num_attention_heads
        self.size = getattr(config, 'head_dim', None) or config.hidden_size // self.heads
        self.shared = self.heads // config.num_key_value_heads
        self.neurons = config.intermediate_size
        self.per_position = 1 + len(self.blocks) * (self.heads + self.neurons)
        with torch.no_grad():
            row = torch.tensor([ids])
            out = model(row, output_attentions=True)
            self.patterns = [each[0] for each in out.attentions]
            self.logits = out.logits[0, -1]
            self.embedding = model.get_input_embeddings()(row)[0]
        self.target = int(self.logits.argmax())
        self.scales, self.z, self.gates, self.ups = [], [], [], []
        self.stream = self.run(self.embedding, record=True)
        # How the metric grows with what each head hands on, through all paths.
        metric = self.stream[-1] @ self.unembedding()
        self.gradients = [each.detach() for each in torch.autograd.grad(metric, self.z)]
        self.z = [each.detach() for each in self.z]
        self.acts = [torch.nn.functional.silu(g) * u for g, u in zip(self.gates, self.ups)]

    def norm(self, x, module, record):
        scale = torch.rsqrt(x.detach().pow(2).mean(-1, keepdim=True) + module.variance_epsilon)
        if record:
            self.scales.append(scale)
        return x * scale * module.weight.detach()

    def run(self, stream, record):
        for block, pattern in zip(self.blocks, self.patterns):
            attention, mlp = block.self_attn, block.mlp
            values = self.norm(stream, block.input_layernorm, record) @ attention.v_proj.weight.detach().T
            values = values.view(self.length, -1, self.size).repeat_interleave(self.shared, 1)
            z = torch.einsum('hqk,khd->qhd', pattern, values)
            if not z.requires_grad:
                z.requires_grad_()
            self.z.append(z)
            stream = stream + z.reshape(self.length, -1) @ attention.o_proj.weight.detach().T
            x = self.norm(stream, block.post_attention_layernorm, record)
            g, u = x @ mlp.gate_proj.weight.detach().T, x @ mlp.up_proj.weight.detach().T
            held_g, held_u = g.detach(), u.detach()
            self.gates.append(held_g)
            self.ups.append(held_u)
            secant = torch.sigmoid(held_g)
            a = 0.5 * secant * (held_u * g + held_g * u)
            stream = stream + a @ mlp.down_proj.weight.detach().T
        return self.norm(stream, self.model.model.norm, record)

    def unembedding(self):
        weights = self.model.get_output_embeddings().weight.detach()
        return weights[self.target] - weights.mean(0)

    # Numbers of what writes into the stream: the token, then by layer the heads and the neurons, position by position.
    def number(self, position, layer, kind, index):
        return position * self.per_position + 1 + layer * (self.heads + self.neurons) + (
            index if kind == 'head' else self.heads + index
        )

    def part(self, number):
        position, at = divmod(number, self.per_position)
        layer, index = divmod(at - 1, self.heads + self.neurons)
        return position, layer, ('head', index) if index < self.heads else ('neuron', index - self.heads)

    def gives(self, directions, positions, below, with_heads):
        """What is written below a layer along directions [n, D], at positions [n, k] of the stream: [n, k, writers]."""
        columns = [torch.einsum('nd,nkd->nk', directions, self.embedding[positions])[..., None]]
        for layer in range(below + (1 if with_heads else 0)):
            out = self.blocks[layer].self_attn.o_proj.weight.detach()
            along = (directions @ out).view(-1, 1, self.heads, self.size)
            columns.append((along * self.z[layer][positions]).sum(-1))
            if layer < below:
                down = self.blocks[layer].mlp.down_proj.weight.detach()
                columns.append((directions @ down)[:, None] * self.acts[layer][positions])
        return torch.cat(columns, -1)

    def logit_row(self):
        direction = self.unembedding() * self.model.model.norm.weight.detach() * self.scales[-1][-1]
        return self.gives(direction[None], torch.tensor([[self.length - 1]]), len(self.blocks), False)[0]

    def rows(self, layer, kind, parts):
        """Positions [k] and what they give [k, writers] to the heads or neurons (position, index) of a layer."""
        block = self.blocks[layer]
        if kind == 'neuron':
            where = torch.tensor([position for position, _ in parts])
            which = torch.tensor([index for _, index in parts])
            g, u = self.gates[layer][where, which], self.ups[layer][where, which]
            mlp = block.mlp
            read = 0.5 * torch.sigmoid(g)[:, None] * (
                u[:, None] * mlp.gate_proj.weight.detach()[which] + g[:, None] * mlp.up_proj.weight.detach()[which]
            )
            read = read * block.post_attention_layernorm.weight.detach() * self.scales[2 * layer + 1][where]
            given = self.gives(read, where[:, None], layer, True)
            return [(torch.tensor([position]), given[i]) for i, (position, _) in enumerate(parts)]
        values = block.self_attn.v_proj.weight.detach().view(-1, self.size, self.embedding.shape[-1])
        found = []
        for position, index in parts:
            read = self.gradients[layer][position, index] @ values[index // self.shared]
            read = read * block.input_layernorm.weight.detach()
            places = torch.arange(position + 1)
            measure = self.patterns[layer][index, position, places] * self.scales[2 * layer][places, 0]
            given = self.gives(read[None], places[None], layer, False)[0]
            found.append((places, given * measure[:, None]))
        return found


@torch.no_grad()
def search(frozen, most):
    """Best first by influence, as many parts as wanted; by part, the numbers of what gives to it and how much."""
    known = {'logit': sparse(frozen, torch.tensor([frozen.length - 1]), frozen.logit_row())}
    while len(known) - 1 < most:
        influence = spread(frozen, known)
        for number in known:
            if number != 'logit':
                influence[number] = 0
        influence[:: frozen.per_position] = 0
        count = min(most - (len(known) - 1), max(FIRST_ROUND, len(known) - 1))
        best = influence.topk(min(count, len(influence)))
        chosen = best.indices[best.values > 0].tolist()
        if not chosen:
            break
        groups = {}
        for number in chosen:
            position, layer, (kind, index) = frozen.part(number)
            groups.setdefault((layer, kind), []).append((number, (position, index)))
        for (layer, kind), members in groups.items():
            for (number, _), row in zip(members, frozen.rows(layer, kind, [part for _, part in members])):
                known[number] = sparse(frozen, *row)
    return known


def sparse(frozen, places, given):
    numbers = places[:, None] * frozen.per_position + torch.arange(given.shape[-1])
    return numbers.flatten(), given.flatten()


def spread(frozen, known):
    influence = torch.zeros(frozen.length * frozen.per_position, dtype=torch.float64)
    depth = lambda number: 2 * frozen.part(number)[1] + (frozen.part(number)[2][0] == 'neuron')
    order = ['logit', *sorted((each for each in known if each != 'logit'), key=depth, reverse=True)]
    for number in order:
        sources, weights = known[number]
        amount = 1.0 if number == 'logit' else float(influence[number])
        total = float(weights.abs().sum())
        if amount > 0 and total > 0:
            influence.index_add_(0, sources, weights.abs().double() * (amount / total))
    return influence


def answer(frozen, known):
    def name(number):
        if number == 'logit':
            return 'logit'
        position, at = divmod(number, frozen.per_position)
        if at == 0:
            return f't{position}'
        _, layer, (kind, index) = frozen.part(number)
        return f'L{layer}{"H" if kind == "head" else "N"}{index}@{position}'

    edges, values = [], {}
    for number, (sources, weights) in known.items():
        values[name(number)] = float(weights.double().sum())
        is_node = [each % frozen.per_position == 0 or each in known for each in sources.tolist()]
        for source, weight, wanted in zip(sources.tolist(), weights.tolist(), is_node):
            if wanted:
                edges.append([name(source), name(number), weight])
    return {'nodes': values, 'edges': edges}


def main():
    with open(sys.argv[1]) as file:
        question = json.load(file)
    threads = int(os.environ.get('WHENCE_THREADS', '0'))
    if threads:
        torch.set_num_threads(threads)
    model = load(question['model'])
    seconds = []
    for round in range(question['rounds'] + 1):
        start = time.perf_counter()
        frozen = Frozen(model, question['ids'])
        known = search(frozen, question['nodes'])
        if round:
            seconds.append(time.perf_counter() - start)
    with open(sys.argv[2], 'w') as file:
        json.dump({'seconds': seconds, 'target': frozen.target, **answer(frozen, known)}, file)


main()
