"""Many small GANs at once: one stack of runs against PyTorch modules trained one after another."""

import time
from collections.abc import Callable

import torch

from empirical.networks import DIGITS_DISCRIMINATOR, DIGITS_GENERATOR, initial, single
from empirical.targets import DIGITS
from empirical.training import Adam, Setting, train

RUNS, STEPS, BATCH = 16, 100, 64
ADAM = Adam(5e-4, (0.5, 0.999))
SETTING = Setting(
    target=DIGITS,
    generator=DIGITS_GENERATOR,
    discriminator=DIGITS_DISCRIMINATOR,
    batch=BATCH,
    discriminator_optimizer=ADAM,
    generator_optimizer=ADAM,
)


def one_module(seed: int) -> None:
    """The same game, written as usual: two modules, two torch.optim.Adam, one run."""
    stream = torch.Generator().manual_seed(seed)
    generator = single(DIGITS_GENERATOR, initial(DIGITS_GENERATOR, [seed], torch.float64), 0)
    discriminator = single(DIGITS_DISCRIMINATOR, initial(DIGITS_DISCRIMINATOR, [seed], torch.float64), 0)
    options = {"lr": ADAM.learning_rate, "betas": ADAM.betas}
    of_generator = torch.optim.Adam(generator.parameters(), **options)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), **options)
    softplus = torch.nn.functional.softplus

    def noise() -> torch.Tensor:
        return torch.randn(BATCH, DIGITS_GENERATOR.widths[0], generator=stream, dtype=torch.float64)

    for _ in range(STEPS):
        real, fake = DIGITS.sample(BATCH, stream), generator(noise()).detach()
        of_discriminator.zero_grad()
        (softplus(-discriminator(real)) + softplus(discriminator(fake))).mean().backward()
        of_discriminator.step()
        of_generator.zero_grad()
        softplus(-discriminator(generator(noise()))).mean().backward()
        of_generator.step()


def seconds(work: Callable[[], object]) -> float:
    """The least of three timings: what the machine needs when nothing disturbs it."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    torch.set_num_threads(1)
    stacked = seconds(lambda: train(SETTING, range(RUNS), steps=STEPS))
    looped = seconds(lambda: [one_module(seed) for seed in range(RUNS)])
    print(f"{RUNS} GANs on digits, {STEPS} steps, batch {BATCH}, one thread, float64")
    print(f"stacked runs            {stacked:7.2f} s")
    print(f"PyTorch modules in turn {looped:7.2f} s")
    print(f"ratio                   {looped / stacked:7.2f}")
