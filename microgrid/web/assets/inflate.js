// What deflate has packed, unpacked again: RFC 1951, a bit after the other as in Mark Adler's puff.

const LONGEST_CODE = 15, LITERALS = 288, END = 256, WRITTEN = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const distanceBits = (symbol) => Math.max(0, (symbol >> 1) - 1);

/** A Huffman code from the lengths of its codes: how many there are of each, and their symbols in order. */
function codeOf(lengths) {
  const counts = new Uint16Array(LONGEST_CODE + 1), starts = new Uint16Array(LONGEST_CODE + 2), symbols = new Uint16Array(lengths.length);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  for (let k = 1; k <= LONGEST_CODE; k++) starts[k + 1] = starts[k] + counts[k];
  lengths.forEach((length, symbol) => { if (length) symbols[starts[length]++] = symbol; });
  return { counts, symbols };
}

const FIXED = [codeOf(Array.from({ length: LITERALS }, (_, k) => (k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8))), codeOf(Array(30).fill(5))];

/** The bytes of a packed stream, read bit by bit. */
function readerOf(bytes) {
  let at = 0; // in bits
  const take = (count) => { let value = 0; for (let k = 0; k < count; k++, at++) value |= ((bytes[at >> 3] >> (at & 7)) & 1) << k; return value; };
  const symbol = ({ counts, symbols }) => {
    let code = 0, first = 0, index = 0;
    for (let k = 1; k <= LONGEST_CODE; k++) {
      code |= take(1);
      if (code - counts[k] < first) return symbols[index + code - first];
      index += counts[k];
      first = (first + counts[k]) << 1;
      code <<= 1;
    }
    throw new Error("the data of the page are damaged");
  };
  const align = () => { at = (at + 7) & ~7; };
  return { take, symbol, align };
}

/** The two codes of a block that brings its own. */
function codesIn({ take, symbol }) {
  const literals = take(5) + 257, all = literals + take(5) + 1, short = Array(19).fill(0), lengths = [];
  for (let k = 0, count = take(4) + 4; k < count; k++) short[WRITTEN[k]] = take(3);
  const code = codeOf(short);
  while (lengths.length < all) {
    const k = symbol(code);
    if (k < 16) lengths.push(k);
    else for (let more = k === 16 ? 3 + take(2) : k === 17 ? 3 + take(3) : 11 + take(7), same = k === 16 ? lengths.at(-1) : 0; more; more--) lengths.push(same);
  }
  return [codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals))];
}

/** One block of literals and of repetitions. */
function unpackBlock({ take, symbol }, codes, out) {
  const [literals, distances] = codes;
  for (let k = symbol(literals); k !== END; k = symbol(literals)) {
    if (k < END) { out.push(k); continue; }
    const length = LENGTHS[k - 257] + take(LENGTH_BITS[k - 257]), far = symbol(distances), from = out.length - DISTANCES[far] - take(distanceBits(far));
    for (let i = 0; i < length; i++) out.push(out[from + i]);
  }
}

/** The text that `web/packing.py` has deflated. */
export function inflated(base64) {
  const reader = readerOf(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))), out = [];
  for (let isLast = 0; !isLast;) {
    isLast = reader.take(1);
    const kind = reader.take(2);
    if (kind) unpackBlock(reader, kind === 1 ? FIXED : codesIn(reader), out);
    else {
      reader.align();
      const count = reader.take(16);
      reader.take(16);
      for (let k = 0; k < count; k++) out.push(reader.take(8));
    }
  }
  return new TextDecoder().decode(Uint8Array.from(out));
}
