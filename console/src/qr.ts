// A QR code (ISO/IEC 18004) of a short text: bytes, error correction level M, versions 1 to 15,
// which is room for 412 bytes. The secret never leaves the page to be drawn.

/** Level M: check bytes of one block, and blocks, by version (table 9 of the standard). */
const CHECK_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24] as const;
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10] as const;
const LEVEL_M = 0;
const BYTE_MODE = 4;
const FIELD = 0x11d;
const FORMAT_GENERATOR = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_GENERATOR = 0x1f25;

type Matrix = Uint8Array[];

export const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Where the middles of the alignment marks lie, on both axes. */
function alignments(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = 4 * version + 10;
  const step = 2 * Math.ceil((last - 6) / (count - 1) / 2);
  const rest = Array.from({ length: count - 1 }, (_, i) => last - step * i);
  return [6, ...rest.reverse()];
}

/** All codewords that fit, data and check bytes. */
function capacity(version: number): number {
  const marks = alignments(version).length;
  let modules = (16 * version + 128) * version + 64;
  if (marks > 0) modules -= (25 * marks - 10) * marks - 55;
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

const dataBytes = (version: number): number =>
  capacity(version) - (CHECK_BYTES[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);

const lengthBits = (version: number): number => (version < 10 ? 8 : 16);

function versionFor(length: number): number {
  for (let version = 1; version <= BLOCKS.length; version++) {
    if (4 + lengthBits(version) + 8 * length <= 8 * dataBytes(version)) return version;
  }
  throw new RangeError(`${length} bytes do not fit into a QR code of ours`);
}

/** The product in GF(256). */
export function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? FIELD : 0);
    if ((b >> bit) & 1) product ^= a;
  }
  return product & 0xff;
}

/** The coefficients of (x - 1)(x - 2)(x - 4)... without the leading one. */
function generatorOf(degree: number): number[] {
  let result = [1];
  let root = 1;
  for (let i = 0; i < degree; i++) {
    const next = [...result, 0];
    result.forEach((c, k) => (next[k + 1] = (next[k + 1] ?? 0) ^ times(c, root)));
    result = next;
    root = times(root, 2);
  }
  return result.slice(1);
}

function checkBytes(data: readonly number[], generator: readonly number[]): number[] {
  const rest = generator.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    generator.forEach((g, i) => (rest[i] = (rest[i] ?? 0) ^ times(g, factor)));
  }
  return rest;
}

/** The text as the data bytes of this version, filled up as the standard asks. */
function encode(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, width: number): void => {
    for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(BYTE_MODE, 4);
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  const room = dataBytes(version);
  put(0, Math.min(4, 8 * room - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) {
    data.push(bits.slice(i, i + 8).reduce((byte, bit) => 2 * byte + bit, 0));
  }
  for (let filler = 0xec; data.length < room; filler ^= 0xec ^ 0x11) data.push(filler);
  return data;
}

/** Blocks with their check bytes, woven into each other; the later blocks may be one longer. */
function weave(data: readonly number[], version: number): number[] {
  const blocks = BLOCKS[version - 1] ?? 1;
  const generator = generatorOf(CHECK_BYTES[version - 1] ?? 0);
  const short = Math.floor(data.length / blocks);
  const firstLong = blocks - (data.length % blocks);
  const parts: number[][] = [];
  for (let i = 0, from = 0; i < blocks; i++) {
    const length = short + (i >= firstLong ? 1 : 0);
    parts.push(data.slice(from, from + length));
    from += length;
  }
  const checks = parts.map((part) => checkBytes(part, generator));
  const woven: number[] = [];
  for (const [list, length] of [
    [parts, short + 1],
    [checks, generator.length],
  ] as const) {
    for (let i = 0; i < length; i++) {
      for (const part of list) if (i < part.length) woven.push(part[i] ?? 0);
    }
  }
  return woven;
}

/** A value followed by its remainder, for the format and version marks. */
function withRemainder(value: number, generator: number, width: number): number {
  let rest = value << width;
  for (let bit = 31 - Math.clz32(rest); bit >= width; bit = 31 - Math.clz32(rest)) {
    rest ^= generator << (bit - width);
    if (rest === 0) break;
  }
  return (value << width) | rest;
}

class Drawing {
  readonly size: number;
  readonly dark: Matrix;
  /** Modules that carry no data. */
  readonly fixed: Matrix;

  constructor(private readonly version: number) {
    this.size = 4 * version + 17;
    const empty = (): Matrix => Array.from({ length: this.size }, () => new Uint8Array(this.size));
    this.dark = empty();
    this.fixed = empty();
    this.drawFixed();
  }

  private set(x: number, y: number, dark: boolean): void {
    const [row, fixedRow] = [this.dark[y], this.fixed[y]];
    if (!row || !fixedRow || x < 0 || x >= this.size) return;
    row[x] = Number(dark);
    fixedRow[x] = 1;
  }

  /** A square mark of rings round its middle. */
  private mark(x: number, y: number, radius: number, light: ReadonlySet<number>): void {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        this.set(x + dx, y + dy, !light.has(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  }

  private drawFixed(): void {
    const end = this.size - 1;
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    for (const [x, y] of [
      [3, 3],
      [end - 3, 3],
      [3, end - 3],
    ] as const) {
      this.mark(x, y, 4, new Set([2, 4]));
    }
    const at = alignments(this.version);
    const last = at[at.length - 1];
    for (const x of at) {
      for (const y of at) {
        const corner = (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
        if (!corner) this.mark(x, y, 2, new Set([1]));
      }
    }
    this.drawFormat(0);
    this.drawVersion();
  }

  drawFormat(mask: number): void {
    const value = (LEVEL_M << 3) | mask;
    const bits = withRemainder(value, FORMAT_GENERATOR, 10) ^ FORMAT_MASK;
    const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
    const end = this.size - 1;
    for (let i = 0; i < 15; i++) {
      const near = i < 6 ? i : i < 8 ? i + 1 : 14 - i;
      if (i < 8) this.set(8, near, bit(i));
      else this.set(i === 8 ? 7 : near, 8, bit(i));
      if (i < 8) this.set(end - i, 8, bit(i));
      else this.set(8, end - 14 + i, bit(i));
    }
    this.set(8, end - 7, true);
  }

  private drawVersion(): void {
    if (this.version < 7) return;
    const bits = withRemainder(this.version, VERSION_GENERATOR, 12);
    for (let i = 0; i < 18; i++) {
      const far = this.size - 11 + (i % 3);
      const near = Math.floor(i / 3);
      const dark = ((bits >> i) & 1) === 1;
      this.set(far, near, dark);
      this.set(near, far, dark);
    }
  }

  /** Data modules in the order in which bits fill them: pairs of columns from the right. */
  *path(): Generator<[x: number, y: number]> {
    let upwards = true;
    for (let right = this.size - 1; right > 0; right -= 2, upwards = !upwards) {
      if (right === 6) right--;
      for (let i = 0; i < this.size; i++) {
        const y = upwards ? this.size - 1 - i : i;
        for (const x of [right, right - 1]) if (!this.fixed[y]?.[x]) yield [x, y];
      }
    }
  }

  fill(codewords: readonly number[], mask: number): void {
    const flips = masks[mask] ?? (() => false);
    let i = 0;
    for (const [x, y] of this.path()) {
      const bit = ((codewords[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
      const row = this.dark[y];
      if (row) row[x] = bit ^ Number(flips(x, y));
      i++;
    }
    this.drawFormat(mask);
  }
}

/** Points of one line for runs of five or more, and for what looks like a corner mark. */
function linePenalty(line: string): number {
  let points = 0;
  for (const run of line.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2;
  for (const look of ["10111010000", "00001011101"]) {
    for (let at = line.indexOf(look); at >= 0; at = line.indexOf(look, at + 1)) points += 40;
  }
  return points;
}

/** How badly a code reads, by the four rules of the standard (7.8.3). */
function penalty(dark: Matrix): number {
  const rows = dark.map((row) => Array.from(row).join(""));
  const columns = dark.map((_, x) => dark.map((row) => row[x] ?? 0).join(""));
  let points = 0;
  for (const line of [...rows, ...columns]) points += linePenalty(line);
  for (let y = 1; y < dark.length; y++) {
    for (let x = 1; x < dark.length; x++) {
      const four = [dark[y]?.[x], dark[y]?.[x - 1], dark[y - 1]?.[x], dark[y - 1]?.[x - 1]];
      if (four.every((module) => module === four[0])) points += 3;
    }
  }
  const all = dark.length ** 2;
  const share = rows.join("").replaceAll("0", "").length / all;
  return points + 10 * Math.floor(Math.abs(share - 0.5) / 0.05);
}

/** The modules of the code, row by row: true is dark. Throws RangeError for a text too long. */
export function qrMatrix(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const codewords = weave(encode(bytes, version), version);
  let best: Matrix = [];
  let least = Infinity;
  for (let mask = 0; mask < masks.length; mask++) {
    const drawing = new Drawing(version);
    drawing.fill(codewords, mask);
    const points = penalty(drawing.dark);
    if (points < least) [best, least] = [drawing.dark, points];
  }
  return best.map((row) => Array.from(row, (module) => module === 1));
}

/** The dark modules as the path of an SVG whose unit is one module, with the quiet border. */
export function qrPath(text: string): { size: number; path: string } {
  const border = 4;
  const matrix = qrMatrix(text);
  const parts: string[] = [];
  matrix.forEach((row, y) => {
    row.forEach((dark, x) => dark && parts.push(`M${x + border} ${y + border}h1v1h-1z`));
  });
  return { size: matrix.length + 2 * border, path: parts.join("") };
}
