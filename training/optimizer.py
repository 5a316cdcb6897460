"""Muon for the matrices of the blocks, Adam for embeddings and gains."""

import torch
from torch import Tensor, nn


def orthogonal(stack: Tensor, steps: int = 5) -> Tensor:
    """[n, rows, columns], each with its singular values brought near 1: Newton–Schulz iterations (Jordan 2024, Muon)."""
    x = stack / (stack.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    x = x.bfloat16()
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.float()


class Muon(torch.optim.Optimizer):
    def __init__(self, weights: list[Tensor], lr: float, decay: float = 0.02) -> None:
        super().__init__(weights, {"lr": lr, "decay": decay, "steps": 0})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            group["steps"] += 1
            momentum = min(0.95, 0.85 + 0.1 * group["steps"] / 200)
            alike: dict[tuple, list[tuple[Tensor, Tensor]]] = {}
            for weight in group["params"]:
                state = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                state.lerp_(weight.grad, 1 - momentum)
                update = weight.grad.lerp(state, momentum)
                alike.setdefault(tuple(update.shape), []).append((weight, update))
            for (rows, columns), pairs in alike.items():
                stack = torch.stack([update for _, update in pairs])
                flat = orthogonal(stack.mT).mT if rows > columns else orthogonal(stack)
                for (weight, _), update in zip(pairs, flat):
                    weight.mul_(1 - group["lr"] * group["decay"])
                    weight.add_(update, alpha=-group["lr"] * max(1, rows / columns) ** 0.5)


def optimizers(model: nn.Module, muon: float, adam: float) -> list[torch.optim.Optimizer]:
    matrices = [weight for name, weight in model.named_parameters() if name.startswith("layers") and weight.dim() == 2]
    chosen = {id(weight) for weight in matrices}
    others = [weight for weight in model.parameters() if id(weight) not in chosen]
    return [Muon(matrices, muon), torch.optim.Adam(others, lr=adam, betas=(0.9, 0.98), eps=1e-10)]
