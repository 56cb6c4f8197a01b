"""The 1,797 real handwritten digits of 8 x 8 pixels that scikit-learn ships."""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int

from empirical.targets.finite import equal_weights, quantile
from theory.laws import FiniteLaw


@dataclass(frozen=True)
class Digits:
    """The uniform law on 1,797 real images of handwritten digits, 64 pixels in [0, 1] each.

    Args:
        name: how reports call it.

    Raises:
        ModuleNotFoundError: scikit-learn is absent, when the images are first read.

    Source:
        alpaydin1998digits, as shipped by scikit-learn's load_digits.
    """

    name: str = "digits"

    @property
    def dim(self) -> int:
        """Pixels of an image."""
        return 64

    @cached_property
    def _images_and_labels(self) -> tuple[Float[torch.Tensor, "k 64"], Int[torch.Tensor, " k"]]:
        try:
            from sklearn.datasets import load_digits
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "the target digits needs scikit-learn, which carries the images: "
                "install it with pip install 'ganproof[images]'."
            ) from error
        images, labels = load_digits(return_X_y=True)
        # The scanner counted the inked pixels of 4 x 4 blocks: whole numbers from 0 to 16.
        return torch.from_numpy(images) / 16, torch.from_numpy(labels).long()

    @property
    def data(self) -> Float[torch.Tensor, "k 64"]:
        """The images as rows, every pixel in [0, 1]."""
        return self._images_and_labels[0]

    @property
    def labels(self) -> Int[torch.Tensor, " k"]:
        """The digit that each image shows, 0 to 9."""
        return self._images_and_labels[1]

    @property
    def atoms(self) -> Float[torch.Tensor, "k 64"]:
        """The images, as the atoms of the law that samples are drawn from."""
        return self.data

    @cached_property
    def weights(self) -> FiniteLaw:
        """The same exact weight for every image."""
        return equal_weights(len(self.data))

    @cached_property
    def probabilities(self) -> Float[torch.Tensor, " k"]:
        """The weights, rounded once to float64."""
        return torch.full((len(self.data),), 1 / len(self.data), dtype=torch.float64)

    def sample(self, n: int, generator: torch.Generator) -> Float[torch.Tensor, "n 64"]:
        """Draws n images, independently and with replacement."""
        return self.data[torch.randint(len(self.data), (n,), generator=generator)]

    def place(
        self, choice: Float[torch.Tensor, "*runs n"], noise: Float[torch.Tensor, "*runs n 64"]
    ) -> Float[torch.Tensor, "*runs n 64"]:
        """The image at each quantile; the normal numbers are not used."""
        return self.data[quantile(self.probabilities, choice)]

    def log_density(self, x: Float[torch.Tensor, "n 64"]) -> Float[torch.Tensor, " n"]:
        """Refuses: finitely many images have no Lebesgue density.

        Raises:
            TypeError: always; it says what to use instead.
        """
        raise TypeError(
            f"the target {self.name} has no density: it is a list of images; use its .atoms and .weights."
        )


DIGITS = Digits()
