// A picture made small in the page before it goes anywhere: at most 1,600 pixels a side, drawn anew
// and written as JPEG, so that what the camera wrote beside it (EXIF: place, time, device) is gone.

export const EDGE_MAX = 1600;
/** What is aimed at: less than two minutes on a line of 2G. */
export const BYTES_WANTED = 300_000;
const QUALITIES = [0.8, 0.65, 0.5] as const;

/** What a picture could not be made of. */
export class NoPicture extends Error {}

/** The size that a picture gets: the same form, never larger than it was. */
export function fit(width: number, height: number, most = EDGE_MAX): [number, number] {
  const k = Math.min(1, most / Math.max(width, height, 1));
  return [Math.max(1, Math.round(width * k)), Math.max(1, Math.round(height * k))];
}

const MARKER = 0xff;
const START = 0xd8;
const SCAN = 0xda;
const EXIF = 0xe1;
const IPTC = 0xed;
const COMMENT = 0xfe;

/** Whether a JPEG has no segment that tells of camera, place or person (ITU-T T.81, annex B). */
export function isBare(bytes: Uint8Array): boolean {
  if (bytes[0] !== MARKER || bytes[1] !== START) return false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const kind = bytes[at + 1] ?? 0;
    if (bytes[at] !== MARKER) return false;
    if (kind === SCAN) return true;
    if (kind === EXIF || kind === IPTC || kind === COMMENT) return false;
    at += 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
  }
  return false;
}

/** The first quality whose bytes are few enough; else the last. */
export async function encodeSmall(
  encode: (quality: number) => Promise<ArrayBuffer>,
): Promise<ArrayBuffer> {
  let bytes = new ArrayBuffer(0);
  for (const quality of QUALITIES) {
    bytes = await encode(quality);
    if (bytes.byteLength <= BYTES_WANTED) break;
  }
  if (!isBare(new Uint8Array(bytes))) throw new NoPicture();
  return bytes;
}

export async function shrink(file: Blob): Promise<ArrayBuffer> {
  const canvas = document.createElement("canvas");
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    [canvas.width, canvas.height] = fit(image.width, image.height);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
  } catch {
    throw new NoPicture();
  }
  return encodeSmall(async (quality) => {
    const blob = await new Promise<Blob | null>((done) =>
      canvas.toBlob(done, "image/jpeg", quality),
    );
    if (!blob) throw new NoPicture();
    return blob.arrayBuffer();
  });
}
