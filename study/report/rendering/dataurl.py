"""Files inside a page: their content as an address."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

TEXTS = ("text/", "image/svg+xml")
PLAIN = " !$&'()*+,-./:;=?@[]^_`{|}~"
"""Characters that may stand in such an address within an HTML attribute as they are."""


def data_url(content: bytes, kind: str) -> str:
    """Return a file's content as a `data:` address, free of `"`, `<` and `>`.

    Args:
        content: the file's bytes; a text is in UTF-8.
        kind: its media type. Texts stay readable, which is shorter than base64 and compresses better.
    """
    if kind.startswith(TEXTS):
        return f"data:{kind};charset=utf-8,{quote(content.decode(), safe=PLAIN)}"
    return f"data:{kind};base64,{b64encode(content).decode()}"
