"""Packs PNGs into an .icns: a header, then per image a four-letter type, a length and the PNG itself."""

import pathlib
import struct
import sys

# Type of each image and its size in pixels; "@2x" types hold the doubled size.
IMAGES = [
    (b"icp4", 16), (b"icp5", 32), (b"ic11", 32), (b"ic12", 64), (b"ic07", 128),
    (b"ic13", 256), (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024),
]


def main(target: str, folder: str) -> None:
    body = b""
    for kind, size in IMAGES:
        png = (pathlib.Path(folder) / f"{size}.png").read_bytes()
        body += kind + struct.pack(">I", len(png) + 8) + png
    pathlib.Path(target).write_bytes(b"icns" + struct.pack(">I", len(body) + 8) + body)


main(*sys.argv[1:])
