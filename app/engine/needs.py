"""How much memory a model takes, by device, and how many of its layers fit one."""

from dataclasses import dataclass

ORDINARY_PICTURE, LARGEST_PICTURE = 280, 1120  # tokens


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
        for layers in range(self.layers, 0, -1):
            if self.on_device(layers, projector=projector).total <= free:
                return layers
        return 0
