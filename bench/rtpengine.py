"""rtpengine's control protocol, as far as a two-party relay needs it: bencoded offers and answers over UDP."""

import socket


def encode(value):
    if isinstance(value, dict):
        return b"d" + b"".join(encode(k) + encode(v) for k, v in sorted(value.items())) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    data = value.encode()
    return str(len(data)).encode() + b":" + data


def decode(data, at=0):
    kind = data[at:at + 1]
    if kind in (b"d", b"l"):
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = decode(data, at)
            items.append(item)
        return (dict(zip(items[::2], items[1::2])) if kind == b"d" else items), at + 1
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end].decode("utf-8", "replace"), end


class Control:
    def __init__(self, ip, server):
        self.socket, self.server, self.cookie = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), server, 0
        self.socket.bind((ip, 0))
        self.socket.settimeout(5)

    def ask(self, **command):
        self.cookie += 1
        self.socket.sendto(f"{self.cookie} ".encode() + encode({k.replace("_", "-"): v for k, v in command.items()}), self.server)
        answer, _ = decode(self.socket.recv(65535).split(b" ", 1)[1])
        if answer.get("result") == "error":
            raise RuntimeError(answer)
        return answer
