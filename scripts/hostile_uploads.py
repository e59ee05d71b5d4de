"""Uploads that a blob gateway must refuse: see docs/gateway.md."""

import hashlib
import json
import socket
from pathlib import Path

CHUNK_BYTES = 1024
ANSWER_SECONDS = 30


class Upload:
    """A right upload, and ways to spoil it."""

    def __init__(self, port: int, path: str, root: str, blob: Path):
        self.port = port
        self.path = path
        self.root = bytes.fromhex(root[2:])
        self.chunks = blob.read_bytes()
        parts = range(0, len(self.chunks), CHUNK_BYTES)
        self.leaves = b"".join(digest(self.chunks[at : at + CHUNK_BYTES]) for at in parts)

    @property
    def body(self) -> bytes:
        """Root, leaf hashes, chunks."""
        return self.root + self.leaves + self.chunks

    def connect(self, path: str, length: int | None) -> socket.socket:
        """A connection on which the head of an upload was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
        head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += "" if length is None else f"Content-Length: {length}\r\n"
        connection.sendall(f"{head}\r\n".encode())
        return connection

    def send(self, body: bytes, path: str | None = None, length: int | None = -1) -> tuple:
        """Status and error code of an upload; `length` is declared instead of the right one."""
        length = len(body) if length == -1 else length
        connection = self.connect(path or self.path, length)
        try:
            connection.sendall(body)
        except OSError:
            # Refused before it was read.
            pass
        return answer(connection)

    def spoiled(self) -> list:
        """(what is wrong, expected answers, answer) of every kind of bad upload."""
        wrong_root = bytes(32) + self.leaves + self.chunks
        wrong_leaf = self.root + flipped(self.leaves, 33) + self.chunks
        wrong_chunk = self.root + self.leaves + flipped(self.chunks, CHUNK_BYTES + 7)
        whole = len(self.body)
        slot = self.path.rsplit("/", 1)[0]
        nowhere = self.path.replace("/v1/bounties/", "/v1/bounties/x")
        return [
            ("unexpected root", ["root_opens_nothing"], self.send(wrong_root)),
            ("wrong leaf hash", ["wrong_leaf_hashes"], self.send(wrong_leaf)),
            ("wrong chunk", ["wrong_chunk"], self.send(wrong_chunk)),
            ("oversized", ["wrong_length"], self.send(self.body + bytes(CHUNK_BYTES))),
            ("without length", ["length_required"], self.send(b"", length=None)),
            ("empty", ["wrong_length"], self.send(b"")),
            ("for nobody", ["not_expected"], self.send(self.body, path=f"{slot}/99")),
            ("no such place", ["malformed_path"], self.send(self.body, path=nowhere)),
            # Either the missing rest or the silence is noticed first.
            ("truncated", ["too_slow", "incomplete"], self.send(self.body[:-1], length=whole)),
            ("stalled", ["too_slow"], self.send(self.root, length=whole)),
        ]

    def flood(self, count: int) -> list:
        """Connections that begin an upload and say no more."""
        connections = []
        for _ in range(count):
            connection = self.connect(self.path, len(self.body))
            connection.sendall(self.root)
            connections.append(connection)
        return connections


def answer(connection: socket.socket) -> tuple:
    """Status and error code that come back; (0, "closed") without an answer."""
    received = b""
    with connection:
        try:
            while piece := connection.recv(65536):
                received += piece
        except OSError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    if not head:
        return 0, "closed"
    try:
        code = json.loads(body[body.find(b"{") : body.rfind(b"}") + 1])["error"]
    except (ValueError, KeyError):
        code = ""
    return int(head.split()[1]), code


def digest(data: bytes) -> bytes:
    """BLAKE2b-256."""
    return hashlib.blake2b(data, digest_size=32).digest()


def flipped(data: bytes, place: int) -> bytes:
    """The same with one bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
