/** What a decoder must know of a JPEG before it starts. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
}

const START_OF_IMAGE = 0xd8;
const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;
const START_OF_SCAN = 0xda;
/** Application segments of Exif, of colour profiles, and of Adobe's transforms. */
const [EXIF, PROFILE, ADOBE] = [0xe1, 0xe2, 0xee];
/** Tables, restart interval and comments: nothing that changes what the picture looks like once it is decoded. */
const NEUTRAL = new Set([0xc4, 0xdb, 0xdd, 0xfe]);
/** Segments before the first scan; no camera writes as many, and nothing is read for longer. */
const MOST_SEGMENTS = 512;

/**
 * The header of an ordinary JPEG: baseline or progressive, 8 bits, grey or YCbCr with the usual samplings, upright,
 * without a colour profile. Undefined for all others and where anything is doubtful: a general decoder is to judge
 * these. Reads the segments before the first scan only, and never past the end of `bytes`.
 */
export function ordinaryJpeg(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== START_OF_IMAGE) return undefined;
  const seen = new Set<number>();
  let frame: JpegHeader | undefined;
  for (let at = 2, segments = 0; segments < MOST_SEGMENTS && at + 4 <= bytes.length; segments++) {
    const [marker, length] = [bytes[at + 1]!, word(bytes, at + 2)];
    if (bytes[at] !== 0xff || length < 2 || at + 2 + length > bytes.length) return undefined;
    if (marker === START_OF_SCAN) return frame;
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === BASELINE || marker === PROGRESSIVE) {
      if (frame) return undefined;
      frame = frameOf(body);
      if (!frame) return undefined;
    } else if (!changesNothing(marker, body, seen)) return undefined;
    at += 2 + length;
  }
  return undefined;
}

/** Size, if samples are of 8 bits and components are grey, or Y, Cb, Cr with chroma at most halved. */
function frameOf(body: Uint8Array): JpegHeader | undefined {
  if (body.length < 9) return undefined;
  const [height, width, components] = [word(body, 1), word(body, 3), body[5]!];
  if (body[0] !== 8 || width === 0 || height === 0 || body.length !== 6 + 3 * components) return undefined;
  const [identities, samplings] = [0, 1].map((k) => Array.from({ length: components }, (_, i) => body[6 + 3 * i + k]!));
  const usual = components === 1 ? ["17"] : ["17,17,17", "33,17,17", "34,17,17"];
  const ordered = components === 1 || String(identities) === "1,2,3";
  return ordered && usual.includes(String(samplings)) ? { width, height } : undefined;
}

/** Whether a segment leaves the samples as they are. `seen` holds the kinds that may come once only. */
function changesNothing(marker: number, body: Uint8Array, seen: Set<number>): boolean {
  if (NEUTRAL.has(marker)) return true;
  if (marker < 0xe0 || marker > 0xef) return false;
  if (marker === PROFILE) return !startsWith(body, "ICC_PROFILE");
  if (marker === EXIF && !startsWith(body, "Exif")) return true;
  if (marker !== EXIF && marker !== ADOBE) return true;
  if (seen.has(marker)) return false;
  seen.add(marker);
  // Adobe's transform 1 is YCbCr.
  return marker === EXIF ? isUpright(body.subarray(6)) : startsWith(body, "Adobe") && body[11] === 1;
}

/** Whether an Exif block (a TIFF file) surely asks for no turn: no orientation in its first directory, or 1. */
function isUpright(tiff: Uint8Array): boolean {
  const little = startsWith(tiff, "II*\0");
  if (tiff.length < 14 || !(little || startsWith(tiff, "MM\0*"))) return false;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const directory = view.getUint32(4, little);
  if (directory < 8 || directory + 2 > tiff.length) return false;
  const entries = view.getUint16(directory, little);
  if (directory + 2 + 12 * entries > tiff.length) return false;
  for (let i = 0, at = directory + 2; i < entries; i++, at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue;
    const short = view.getUint16(at + 2, little) === 3 && view.getUint32(at + 4, little) === 1;
    if (!short || view.getUint16(at + 8, little) !== 1) return false;
  }
  return true;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return bytes.length >= text.length && [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}
