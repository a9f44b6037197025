"""Power in the bands of a second of signal, and the rules of thumb by which it is read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.tools.devices.eeg.cyton import RATE, Sample

BANDS: Mapping[str, range] = {
    "theta": range(4, 8),
    "alpha": range(8, 13),
    "beta": range(13, 31),
    "gamma": range(31, 45),
}
LEFT, RIGHT = 0, 1
"""The electrodes at the front, Fp1 and Fp2."""
LEAST = 1e-6
"""Square microvolts, so that a dead electrode divides nothing by nothing."""
WINDOW = [0.5 - 0.5 * math.cos(2 * math.pi * at / (RATE - 1)) for at in range(RATE)]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A second. Valence goes from -1 to 1, the others from 0 to 1."""

    valence: float
    arousal: float
    attention: float
    engagement: float
    gamma: float


def powers(signal: Sequence[float]) -> Mapping[str, float]:
    """Power in each band of a second of one electrode, by Goertzel's algorithm at each whole hertz."""
    mean = sum(signal) / len(signal)
    still = [(value - mean) * weight for value, weight in zip(signal, WINDOW, strict=True)]
    return {band: sum(_power(still, hertz) for hertz in hertzes) + LEAST for band, hertzes in BANDS.items()}


def moment(second: Sequence[Sample], baseline: Moment | None = None) -> Moment:
    """What a second of all electrodes comes to; compared with a baseline, which then is the middle."""
    each = [powers([sample[channel] for sample in second]) for channel in range(len(second[0]))]
    total = {band: sum(power[band] for power in each) for band in BANDS}
    theta, alpha, beta = total["theta"], total["alpha"], total["beta"]
    load = beta / (alpha + theta)
    raw = Moment(
        valence=math.tanh(math.log(each[RIGHT]["alpha"]) - math.log(each[LEFT]["alpha"])),
        arousal=beta / (alpha + beta),
        attention=beta / (theta + beta),
        engagement=load / (1 + load),
        gamma=total["gamma"] / sum(total.values()),
    )
    return raw if baseline is None else _against(raw, baseline)


def mean_of(moments: Sequence[Moment]) -> Moment:
    """The middle of several."""
    names = ("valence", "arousal", "attention", "engagement", "gamma")
    return Moment(**{name: sum(getattr(each, name) for each in moments) / len(moments) for name in names})


def _against(raw: Moment, baseline: Moment) -> Moment:
    def middle(value: float, usual: float) -> float:
        return min(1.0, max(0.0, 0.5 + value - usual))

    return Moment(
        valence=min(1.0, max(-1.0, raw.valence - baseline.valence)),
        arousal=middle(raw.arousal, baseline.arousal),
        attention=middle(raw.attention, baseline.attention),
        engagement=middle(raw.engagement, baseline.engagement),
        gamma=raw.gamma,
    )


def _power(signal: Sequence[float], hertz: int) -> float:
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = last = 0.0
    for value in signal:
        before, last = last, value + turn * last - before
    return (last * last + before * before - turn * last * before) / len(signal) ** 2
