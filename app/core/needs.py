"""How much memory a model takes, by device, and how many of its layers fit one.

The engine asks this before it loads (with llama.cpp's own figures), and the catalogue before
anything is downloaded (with predicted ones).
"""

from dataclasses import dataclass

ORDINARY_PICTURE, LARGEST_PICTURE = 280, 1120  # tokens
SPARED = 256 * 2**20  # bytes of a device's free memory that other programs are left


@dataclass(frozen=True)
class Needs:
    """What a model takes on one device, in bytes."""

    weights: int = 0
    kv: int = 0
    compute: int = 0
    projector: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv + self.compute + self.projector


@dataclass(frozen=True)
class Figures:
    """What the parts of a model with a given context take, in bytes, wherever they are put.

    ``weights`` and ``kv`` have one number for each layer. ``input`` stays in main memory. The
    ``output`` is the first to go to another device, which needs a copy of the input, too, if the
    model has but one matrix for both (``tied``, else 0). ``compute`` is for a model that is in
    main memory altogether, ``device_compute`` and ``host_compute`` for one that is on a device
    altogether. ``picture`` is what encoding takes for each token of a picture.
    """

    weights: tuple[int, ...]
    kv: tuple[int, ...]
    input: int
    output: int
    tied: int
    compute: int
    device_compute: int = 0
    host_compute: int = 0
    projector: int = 0
    picture: int = 0

    @property
    def layers(self) -> int:
        """The number of layers, the output not counted."""
        return len(self.weights)

    def on_device(self, layers: int, *, projector: bool) -> Needs:
        """What a device takes that has the last ``layers`` layers, and the output if there are
        any; with or without the projector."""
        encoder = self.projector + LARGEST_PICTURE * self.picture if projector else 0
        if not layers:
            return Needs(projector=encoder)
        return Needs(
            sum(self.weights[-layers:]) + self.output + self.tied,
            sum(self.kv[-layers:]),
            self.device_compute,
            encoder,
        )

    def in_memory(self, layers: int = 0, *, projector: bool = True) -> Needs:
        """What main memory takes while a device has ``layers`` layers. ``projector`` says that it
        is in main memory."""
        here = self.layers - layers
        return Needs(
            self.input + sum(self.weights[:here]) + (0 if layers else self.output),
            sum(self.kv[:here]),
            max(self.compute, self.host_compute) if here else self.host_compute,
            self.projector + ORDINARY_PICTURE * self.picture if projector else 0,
        )

    def fitting_layers(self, free: int, *, projector: bool) -> int:
        """The most layers that a device with ``free`` bytes can take."""
        if self.on_device(self.layers, projector=projector).total <= free:
            return self.layers
        left = free - self.on_device(0, projector=projector).total
        left -= self.output + self.tied + self.device_compute
        for layers, taken in enumerate(zip(self.weights[::-1], self.kv[::-1], strict=True)):
            left -= sum(taken)
            if left < 0:
                return layers
        return self.layers

    def place(self, free: int, least: int) -> tuple[int, bool]:
        """How many layers go to a device with ``free`` bytes, and whether the projector does.

        It goes first, unless that costs more than half the layers. With fewer than half the
        layers, and fewer than ``least``, the device isn't worth its trouble: (0, False).
        """
        half = (self.layers + 1) // 2
        for projector in (True, False):
            layers = self.fitting_layers(free - SPARED, projector=projector)
            if layers >= half or (layers >= least and not projector):
                return layers, projector
        return 0, False
