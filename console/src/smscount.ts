// How many messages a text takes: 3GPP TS 23.038 (alphabet, extension table) and TS 23.040 (parts),
// as amp_sms_size_of of the server has it. National shift tables are not used.

const ALPHABET =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** Of the extension table: they take an escape, too. */
const EXTENSION = "\f^{}\\[~]|€";

const ONE = { gsm7: 160, ucs2: 70 };
const PART = { gsm7: 153, ucs2: 67 };

export interface SmsSize {
  ucs2: boolean;
  /** Messages; 0 of nothing. */
  parts: number;
  /** What still fits into the last of them. */
  left: number;
}

/** No part ends within a character. */
function fill(units: readonly number[], room: number): { parts: number; used: number } {
  let parts = 0;
  let used = 0;
  for (const n of units) {
    if (parts === 0 || used + n > room) {
      parts++;
      used = 0;
    }
    used += n;
  }
  return { parts, used };
}

export function smsSize(text: string): SmsSize {
  const characters = [...text];
  const ucs2 = characters.some((c) => !ALPHABET.includes(c) && !EXTENSION.includes(c));
  const units = characters.map((c) => (ucs2 ? c.length : EXTENSION.includes(c) ? 2 : 1));
  const kind = ucs2 ? "ucs2" : "gsm7";
  const one = fill(units, ONE[kind]);
  if (one.parts <= 1) return { ucs2, parts: one.parts, left: ONE[kind] - one.used };
  const many = fill(units, PART[kind]);
  return { ucs2, parts: many.parts, left: PART[kind] - many.used };
}
