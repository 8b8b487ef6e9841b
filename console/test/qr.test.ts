// The QR code: read back module by module, as a reader does it, and checked for errors.
import assert from "node:assert/strict";
import test from "node:test";
import { masks, qrMatrix, qrPath, times } from "../src/qr";

/** Check bytes of a block and blocks, level M, for the versions read here. */
const shapes: Record<number, [check: number, blocks: number]> = {
  1: [10, 1],
  6: [16, 4],
  7: [18, 4],
  8: [22, 4],
  14: [24, 9],
};
const alignments: Record<number, number[]> = {
  1: [],
  6: [6, 34],
  7: [6, 22, 38],
  8: [6, 24, 42],
  14: [6, 26, 46, 66],
};

/** Whether a module belongs to a mark, by the drawings of the standard. */
function isFixed(x: number, y: number, version: number): boolean {
  const size = 4 * version + 17;
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x >= size - 8 && y < 9) || (x < 9 && y >= size - 8)) return true;
  if (version >= 7 && ((x >= size - 11 && y < 6) || (x < 6 && y >= size - 11))) return true;
  const at = alignments[version] ?? [];
  const last = at[at.length - 1] ?? 0;
  return at.some((mx) =>
    at.some((my) => {
      const corner = (mx === 6 && (my === 6 || my === last)) || (mx === last && my === 6);
      return !corner && Math.abs(mx - x) <= 2 && Math.abs(my - y) <= 2;
    }),
  );
}

/** The mask number: bits 10 to 12 of the format, beside the upper left corner. */
function maskOf(matrix: boolean[][]): number {
  const bit = (x: number): number => Number(matrix[8]?.[x]);
  return ((bit(2) << 2) | (bit(3) << 1) | bit(4)) ^ 0b101;
}

function codewords(matrix: boolean[][], version: number): number[] {
  const size = matrix.length;
  const flips = masks[maskOf(matrix)] as (x: number, y: number) => boolean;
  const bits: number[] = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right--;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (!isFixed(x, y, version)) bits.push(Number(matrix[y]?.[x] !== flips(x, y)));
      }
    }
    up = !up;
  }
  const bytes: number[] = [];
  for (let i = 0; i + 8 <= bits.length; i += 8) {
    bytes.push(parseInt(bits.slice(i, i + 8).join(""), 2));
  }
  return bytes;
}

/** The blocks of woven codewords, each with its check bytes at the end. */
function unweave(bytes: number[], version: number): { data: number[]; check: number[] }[] {
  const [check, count] = shapes[version] as [number, number];
  const dataAll = bytes.length - check * count;
  const short = Math.floor(dataAll / count);
  const long = dataAll % count;
  const blocks = Array.from({ length: count }, () => ({
    data: [] as number[],
    check: [] as number[],
  }));
  let at = 0;
  for (let i = 0; i <= short; i++) {
    blocks.forEach((b, k) => {
      if (i < short || k >= count - long) b.data.push(bytes[at++] ?? 0);
    });
  }
  for (let i = 0; i < check; i++) for (const b of blocks) b.check.push(bytes[at++] ?? 0);
  return blocks;
}

/** All syndromes of a block without errors are zero. */
function syndromes(block: number[], count: number): number[] {
  let root = 1;
  return Array.from({ length: count }, () => {
    const value = block.reduce((sum, byte) => times(sum, root) ^ byte, 0);
    root = times(root, 2);
    return value;
  });
}

function readBack(text: string): string {
  const matrix = qrMatrix(text);
  const version = (matrix.length - 17) / 4;
  const [check] = shapes[version] as [number, number];
  const blocks = unweave(codewords(matrix, version), version);
  for (const b of blocks) {
    assert.ok(syndromes([...b.data, ...b.check], check).every((s) => s === 0));
  }
  const bits = blocks
    .flatMap((b) => b.data)
    .map((b) => b.toString(2).padStart(8, "0"))
    .join("");
  assert.equal(bits.slice(0, 4), "0100", "bytes");
  const width = version < 10 ? 8 : 16;
  const length = parseInt(bits.slice(4, 4 + width), 2);
  const from = 4 + width;
  const bytes = Array.from({ length }, (_, i) =>
    parseInt(bits.slice(from + 8 * i, from + 8 * i + 8), 2),
  );
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const uri = "otpauth://totp/Amparo:ana?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Amparo";

test("what is drawn is read back, with one block and with many, short and long ones", () => {
  const texts = ["Amparo", uri + "&period=30", uri + "&algorithm=SHA1&digits=6&period=30"];
  texts.push("é".repeat(70), uri.repeat(5).slice(0, 360));
  const versions = texts.map((text) => (qrMatrix(text).length - 17) / 4);
  assert.deepEqual(versions, [1, 6, 7, 8, 14]);
  for (const text of texts) assert.equal(readBack(text), text);
});

test("the product in the field is that of the definition", () => {
  assert.equal(times(0x80, 2), 0x1d);
  assert.equal(times(1, 0xab), 0xab);
  for (let a = 0; a < 256; a += 17)
    for (let b = 0; b < 256; b += 13) {
      assert.equal(times(a, b), times(b, a));
    }
});

test("the corner marks stand where a reader looks for them", () => {
  const matrix = qrMatrix(uri);
  const end = matrix.length - 1;
  const corner = (x: number, y: number): string =>
    [0, 1, 2, 3, 4, 5, 6].map((i) => Number(matrix[y]?.[x + i])).join("");
  for (const [x, y] of [
    [0, 0],
    [end - 6, 0],
    [0, end - 6],
  ] as const) {
    assert.equal(corner(x, y), "1111111");
    assert.equal(corner(x, y + 1), "1000001");
    assert.equal(corner(x, y + 3), "1011101");
  }
});

test("a text too long is refused, and the path has a quiet border of four", () => {
  assert.throws(() => qrMatrix("x".repeat(413)), RangeError);
  assert.equal(qrMatrix("x".repeat(412)).length, 77);
  const { size, path } = qrPath("Amparo");
  assert.equal(size, 29);
  assert.ok(path.startsWith("M4 4h1v1h-1z"));
});
