"""Seeds: which blocks a study has, and the stream that each purpose gets under one of them."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

MOST, LARGEST = 10_000, 2**31 - 1
"""How many seeds a study may have, and the largest: every one is a block of trainings, and fits wherever seeds
stand."""


def parse_seeds(text: Any) -> tuple[int, ...]:
    """Return the seeds that a text such as `"0-5"` or `"0-3,8"` names, in increasing order.

    Args:
        text: the text, or a list of whole numbers.

    Returns:
        Distinct seeds, each at least 0.

    Raises:
        ValueError: if the text is no such list, a range runs backwards, or there are too many or too large ones.
    """
    if isinstance(text, (list, tuple)):
        if any(not isinstance(seed, int) or isinstance(seed, bool) or seed < 0 for seed in text):
            raise ValueError("expected whole numbers of at least 0")
        seeds = set(text)
    elif isinstance(text, str):
        seeds = set()
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,99})\s*(?:-\s*(\d{1,99})\s*)?", part, re.ASCII)
            if not match:
                raise ValueError("expected seeds such as '0-5' or '0-3,8'")
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first:
                raise ValueError(f"expected a range that runs forwards, such as '{last}-{first}'")
            if last - first >= MOST:  # before they are made
                raise ValueError(f"expected at most {MOST:,} seeds")
            seeds.update(range(first, last + 1))
    else:
        raise ValueError("expected seeds such as '0-5' or [0, 1, 2]")
    if len(seeds) > MOST or max(seeds, default=0) > LARGEST:
        raise ValueError(f"expected at most {MOST:,} seeds, none larger than {LARGEST}")
    if not seeds:
        raise ValueError("expected at least one seed")
    return tuple(sorted(seeds))


Seeds = Annotated[tuple[int, ...], BeforeValidator(parse_seeds)]
"""Seeds as a study file gives them."""


def derive(seed: int, *purpose: str) -> int:
    """Return the seed for one purpose under one of the study's seeds.

    Every source of randomness gets its own stream, named by what it is for and never by the order
    of creation: so switching one factor on leaves every other draw where it was.

    Args:
        seed: the block's seed.
        purpose: words such as `"weights", "hidden_1"`.

    Returns:
        An integer in [0, 2^31), from SHA-256.
    """
    digest = hashlib.sha256("/".join([str(seed), *purpose]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
