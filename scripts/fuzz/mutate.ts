import type { Random } from "../../src/rng/index.js";

/** Values at which arithmetic on sizes goes wrong. */
const EDGES = [0, 1, 2, 7, 8, 127, 128, 255, 256, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const WORDS = [
  "0",
  "-1",
  "1e999",
  "NaN",
  "999999999999",
  "4294967296",
  "\n",
  "\t",
  ",",
  '"',
  "\0",
  "\u{1f600}",
  "{",
  "}",
  "[",
  "]",
  "../../x",
  "__proto__",
  "null",
];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const place = (bytes: Uint8Array, random: Random) => random.integer(bytes.length + 1);

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.integer(Math.max(1, bytes.length));
    if (bytes.length > 0) bytes[at]! ^= 1 << random.integer(8);
    return bytes;
  },
  function setByte(bytes, random) {
    if (bytes.length > 0) bytes[random.integer(bytes.length)] = random.integer(256);
    return bytes;
  },
  function setNumber(bytes, random) {
    const size = [1, 2, 4, 8][random.integer(4)]!;
    if (bytes.length < size) return bytes;
    const at = random.integer(bytes.length - size + 1);
    const value = EDGES[random.integer(EDGES.length)]!;
    const little = random.integer(2) === 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (size === 1) view.setUint8(at, value & 255);
    else if (size === 2) view.setUint16(at, value & 0xffff, little);
    else if (size === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value) << BigInt(8 * random.integer(5)), little);
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.slice(0, place(bytes, random));
  },
  function remove(bytes, random) {
    const [start, end] = [place(bytes, random), place(bytes, random)].sort((a, b) => a - b) as [number, number];
    return joined(bytes.subarray(0, start), bytes.subarray(Math.min(end, start + 1 + random.integer(64))));
  },
  function repeat(bytes, random) {
    const start = place(bytes, random);
    const piece = bytes.slice(start, start + 1 + random.integer(64));
    return joined(
      bytes.subarray(0, start),
      ...new Array<Uint8Array>(1 + random.integer(8)).fill(piece),
      bytes.subarray(start),
    );
  },
  function insertWord(bytes, random) {
    const at = place(bytes, random);
    const word = new TextEncoder().encode(WORDS[random.integer(WORDS.length)]!);
    return joined(bytes.subarray(0, at), word, bytes.subarray(at));
  },
  function insertNoise(bytes, random) {
    const at = place(bytes, random);
    return joined(bytes.subarray(0, at), noise(random, 32), bytes.subarray(at));
  },
  function splice(bytes, random, other) {
    return joined(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random)));
  },
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function noise(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: random.integer(most + 1) }, () => random.integer(256));
}

/** A damaged copy of `sound`: one to eight changes, mostly few; now and then nothing but noise. `other` lends its end to some. */
export function mutate(sound: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (random.integer(20) === 0) return noise(random, 512);
  let bytes = Uint8Array.from(sound);
  for (let left = 1 + random.integer(1 + random.integer(8)); left > 0; left--) {
    bytes = new Uint8Array(mutations[random.integer(mutations.length)]!(bytes, random, other));
  }
  return bytes;
}
