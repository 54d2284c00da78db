"""The data of a page: what zlib packs in any of its ways, the page unpacks."""

import base64
import json
import random
import subprocess
import zlib

from microgrid.web.packing import deflated, inflated
from microgrid.web.scripts import joined


def texts():
    rng = random.Random(8)
    yield from ("", "a", "∂L/∂w = −0.5", "ab" * 40_000, "\U0001f600 \x00 é")
    yield "".join(chr(rng.choice((rng.randint(32, 126), rng.randint(160, 3000)))) for _ in range(9000))
    yield json.dumps([[rng.gauss(0, 1), rng.choice(("w", "b"))] for _ in range(4000)])
    yield "".join(rng.choice(("layer", "neuron", "x", " ", "0.25")) for _ in range(60_000))


def packed(text, level, strategy):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 8, strategy)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def test_the_page_unpacks_what_python_packs(node):
    ways = [(level, strategy) for level in (0, 1, 6, 9) for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED)]
    cases = [(text, packed(text, *way)) for text in texts() for way in (*ways, (9, zlib.Z_HUFFMAN_ONLY))]
    cases += [(text, deflated(text)) for text in texts()]
    given = json.dumps([each for _, each in cases])
    script = f"{joined('inflate.js')}\nconsole.log(JSON.stringify({given}.map(inflated)));"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True)
    for (text, each), found in zip(cases, json.loads(done.stdout)):
        assert found == text == inflated(each)
