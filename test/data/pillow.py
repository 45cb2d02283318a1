"""Makes images/ and pillow.json: small images in every mode that mlg takes, and the MD5s of what Pillow makes of them.

    pip install pillow==9.4.0 numpy && python test/data/pillow.py

The tests need neither Python nor Pillow; this is how their expectations came to be. Pillow 13 gives the same, except that it
rounds some resizes to other shapes differently.
"""
import hashlib
import json
import pathlib
import random
import struct
import warnings
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
SIZES = [16, 96]
RESIZED = [(375, 500), (500, 375), (1200, 1600), (96, 64), (224, 300), (299, 299), (331, 224), (64, 2048), (3, 5)]


def md5(array):
    return hashlib.md5(np.ascontiguousarray(array).tobytes()).hexdigest()


def test_image(h, w):
    """test/support/test-image.ts, in numpy."""
    seed = 0x811C9DC5
    for byte in b"image":
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    i = np.arange(h * w * 3, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    x = (np.uint64(seed) + i * np.uint64(0x9E3779B9)) & mask
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & mask
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & mask
    noise = ((x ^ (x >> np.uint64(16))) >> np.uint64(27)).astype(int).reshape(h, w, 3) - 16
    y, x = np.mgrid[0:h, 0:w]
    colour = np.stack([255 * x // (w - 1), 255 * y // (h - 1), 160 * ((x // 16 + y // 16) % 2) + 40], -1)
    return np.clip(colour + noise, 0, 255).astype(np.uint8)


def png(array, bits, colour_type):
    """A PNG of a form that Pillow does not write: 16-bit channels, 2 and 4-bit grey."""
    if bits == 16:
        rows = [row.astype(">u2").tobytes() for row in array]
    else:
        rows = [np.packbits(np.unpackbits(row[:, None], axis=1)[:, 8 - bits:]).tobytes() for row in array >> (8 - bits)]
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], bits, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def write_images(folder):
    h, w = 45, 61
    rgb = test_image(h, w)
    y, x = np.mgrid[0:h, 0:w]
    alpha = np.clip(255 * (np.sin(x / 7) + np.cos(y / 5) + 1) / 2, 0, 255).astype(np.uint8)
    colour = Image.fromarray(rgb)
    grey = colour.convert("L")
    rgba = Image.fromarray(np.dstack([rgb, alpha]))
    palette = colour.quantize(32)
    other = Image.fromarray(255 - rgb)
    colour.save(folder / "colour-444.jpg", quality=90, subsampling=0)
    colour.save(folder / "colour-420.jpg", quality=75, subsampling=2)
    colour.save(folder / "progressive.jpg", quality=80, progressive=True)
    grey.save(folder / "grey.jpg", quality=80)
    colour.convert("CMYK").save(folder / "cmyk.jpg", quality=80)
    colour.save(folder / "colour.png")
    colour.save(folder / "colour-with-transparent-colour.png", transparency=tuple(int(v) for v in rgb[5, 5]))
    rgba.save(folder / "alpha.png")
    grey.save(folder / "grey.png")
    Image.merge("LA", (grey, Image.fromarray(alpha))).save(folder / "grey-alpha.png")
    palette.save(folder / "palette.png")
    palette.save(folder / "palette-with-transparent-colour.png", transparency=5)
    colour.convert("1").save(folder / "black-and-white.png")
    (folder / "grey-2-bit.png").write_bytes(png(np.asarray(grey), 2, 0))
    (folder / "grey-4-bit.png").write_bytes(png(np.asarray(grey), 4, 0))
    deep = rgb.astype(np.uint16) * 257 ^ (rgb[::-1] // 3)
    deep_alpha = alpha.astype(np.uint16) * 257
    (folder / "colour-16-bit.png").write_bytes(png(deep, 16, 2))
    (folder / "alpha-16-bit.png").write_bytes(png(np.dstack([deep, deep_alpha]), 16, 6))
    palette.save(folder / "palette.gif")
    palette.save(folder / "animated.gif", save_all=True, append_images=[other.quantize(32)])
    Image.fromarray((np.arange(h * w) * 7 % 256).astype(np.uint8).reshape(h, w)).save(folder / "grey-ramp.gif")
    colour.save(folder / "colour.webp", quality=80)
    colour.save(folder / "lossless.webp", lossless=True)
    rgba.save(folder / "alpha.webp", lossless=True)
    colour.save(folder / "animated.webp", save_all=True, append_images=[other])
    for orientation in range(1, 9):
        exif = exif_of(orientation)
        colour.save(folder / f"orientation-{orientation}.jpg", quality=60, exif=exif)
        palette.save(folder / f"orientation-{orientation}.png", exif=exif)
        colour.save(folder / f"orientation-{orientation}.webp", quality=60, exif=exif)
    rgba.save(folder / "alpha-orientation-6.webp", lossless=True, exif=exif_of(6))
    rgba.save(folder / "alpha-orientation-8.png", exif=exif_of(8))
    colour.convert("CMYK").save(folder / "cmyk-orientation-7.jpg", quality=60, exif=exif_of(7))


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def exif_blobs():
    """TIFF structures, whole and damaged, with the orientation that Pillow reads in each."""
    numbers = random.Random(1)
    for _ in range(150):
        little = numbers.random() < 0.7
        order = "<" if little else ">"
        tags = [entry(order, numbers) for _ in range(numbers.randint(1, 4))]
        blob = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "LH", 8, len(tags)) + b"".join(tags)
        blob += bytes(numbers.randint(0, 40))
        if numbers.random() < 0.3:
            blob = blob[: numbers.randint(8, len(blob))]
        if numbers.random() < 0.2:
            blob = b"Exif\0\0" + blob
        yield {"exif": blob.hex(), "orientation": orientation_of(blob)}


def entry(order, numbers):
    """A directory entry; most are orientations."""
    tag = numbers.choice([0x0112, 0x0112, 0x0112, 0x010F])
    kind = numbers.choice([3] * 9 + [4, 4, 1, 2, 7, 8, 9, 99])
    count = numbers.choice([1] * 12 + [0, 2, 3, 2**31])
    value = numbers.randint(0, 9)
    value = struct.pack(order + "HH", value, 3) if kind in (3, 8) and count < 3 else struct.pack(order + "L", value)
    return struct.pack(order + "HHL", tag, kind, count) + value


def orientation_of(blob):
    exif = Image.Exif()
    exif.load(blob)
    value = exif.get(0x0112)
    return value if value in range(1, 9) else 1



def prepared(path, size):
    """What the original service did with an image, after turning it upright, which it did not do."""
    image = ImageOps.exif_transpose(Image.open(path)).resize((size, size))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def describe(path):
    return {"mode": Image.open(path).mode, **{str(size): md5(prepared(path, size)) for size in SIZES}}


def resized(h, w):
    source = test_image(h, w)
    image = Image.fromarray(source)
    return {
        "height": h,
        "width": w,
        "source": md5(source),
        **{f"{size}x{size}": md5(image.resize((size, size))) for size in (224, 299, 331)},
        "400x200": md5(image.resize((400, 200))),
        "nearest": md5(image.resize((224, 224), Image.NEAREST)),
        "turned": {
            orientation: {
                "bicubic": md5(turn(image, orientation).resize((224, 110))),
                "nearest": md5(turn(image, orientation).resize((224, 110), Image.NEAREST)),
            }
            for orientation in range(1, 9)
        },
    }


def turn(image, orientation):
    image.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(image)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Pillow's, about damaged EXIF.
    folder = HERE / "images"
    folder.mkdir(exist_ok=True)
    write_images(folder)
    expected = {
        "pillow": PIL.__version__,
        "files": {path.name: describe(path) for path in sorted(folder.iterdir())},
        "resized": [resized(h, w) for h, w in RESIZED],
        "exif": list(exif_blobs()),
    }
    (HERE / "pillow.json").write_text(json.dumps(expected, indent=1) + "\n")
