"""The model: a Llama decoder with tied embeddings, as `transformers` has it, small enough to read."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 4096
    width: int = 256
    layers: int = 5
    heads: int = 8
    neurons: int = 640
    context: int = 1024

    def config(self) -> dict:
        """The `config.json` of `transformers`."""
        return {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": self.width,
            "intermediate_size": self.neurons, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "num_key_value_heads": self.heads, "head_dim": self.width // self.heads, "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
            "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False, "bos_token_id": 0, "eos_token_id": 0,
            "pad_token_id": 3, "torch_dtype": "float16",
        }


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(shape.width, shape.width, bias=False))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (project(x).view(batch, length, self.heads, -1).transpose(1, 2)
                   for project in (self.q_proj, self.k_proj, self.v_proj))
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class GatedMlp(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.neurons, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.neurons, bias=False)
        self.down_proj = nn.Linear(shape.neurons, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.width, eps=1e-5)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.width, eps=1e-5)
        self.mlp = GatedMlp(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=1e-5)
        size = shape.width // shape.heads
        angles = torch.outer(torch.arange(shape.context).float(), 10000.0 ** (-torch.arange(0, size, 2).float() / size))
        self.register_buffer("cos", angles.repeat(1, 2).cos(), persistent=False)
        self.register_buffer("sin", angles.repeat(1, 2).sin(), persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                deviation = 0.02 if name == "embed_tokens.weight" else 0.5 / math.sqrt(weight.shape[1])
                nn.init.normal_(weight, std=deviation / (math.sqrt(2 * shape.layers) if last else 1))

    def forward(self, ids: Tensor) -> Tensor:
        """Final residual stream, normed: [batch, position, width]; logits are its products with the embeddings."""
        x = self.embed_tokens(ids)
        cos, sin = self.cos[: ids.shape[1]].to(x.dtype), self.sin[: ids.shape[1]].to(x.dtype)
        for block in self.layers:
            x = block(x, cos, sin)
        return self.norm(x)

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean nats a token; targets of −100 do not count. In slices, so that the logits of all are never there at once."""
        hidden, targets = self(ids).flatten(0, 1), targets.flatten()
        total = hidden.new_zeros((), dtype=torch.float32)
        for part, goal in zip(hidden.split(8192), targets.split(8192)):
            total = total + F.cross_entropy((part @ self.embed_tokens.weight.T).float(), goal, reduction="sum")
        return total / (targets != -100).sum()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position (Su et al. 2021), the two halves of a head as pairs."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


def save(weights: dict[str, Tensor], shape: Shape, folder: Path) -> None:
    """A folder that `transformers` and Whence read, but for the tokenizer's files."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"model.{name}": value.detach().to("cpu", torch.float16).contiguous() for name, value in weights.items()}
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(shape.config(), indent=2) + "\n")
    (folder / "shape.json").write_text(json.dumps(asdict(shape)) + "\n")


def load(folder: Path) -> Llama:
    model = Llama(Shape(**json.loads((folder / "shape.json").read_text())))
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({name.removeprefix("model."): value.float() for name, value in weights.items()})
    return model
