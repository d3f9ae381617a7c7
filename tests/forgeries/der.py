"""DER as nested lists, so that a forger can exchange one part and keep the rest byte for byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Node:
    """One value: its tag, and its children or its content."""

    tag: int
    children: list[Node]
    content: bytes

    def at(self, *path: int) -> Node:
        """The descendant reached by these places."""
        node = self
        for place in path:
            node = node.children[place]
        return node

    def dump(self) -> bytes:
        """The value's bytes."""
        body = b"".join(child.dump() for child in self.children) if self.children else self.content
        size = len(body)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        if 128 <= size < 256:
            length = b"\x81" + bytes([size])
        return bytes([self.tag]) + length + body


def parse(data: bytes) -> Node:
    """The one value in ``data``; constructed values become children."""
    (node,) = _series(data)
    return node


def _series(data: bytes) -> list[Node]:
    nodes = []
    while data:
        tag, size, start = data[0], data[1], 2
        if size & 0x80:
            width = size & 0x7F
            size, start = int.from_bytes(data[2 : 2 + width], "big"), 2 + width
        body, data = data[start : start + size], data[start + size :]
        nodes.append(Node(tag, _series(body) if tag & 0x20 else [], body))
    return nodes
