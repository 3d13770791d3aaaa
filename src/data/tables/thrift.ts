/** A value of Thrift's compact protocol; structs by field number, integers as numbers. */
export type ThriftValue = boolean | number | Uint8Array | readonly ThriftValue[] | ThriftStruct;
/** A struct by field number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** Structs within structs that Parquet needs are few; more is an attack on the stack. */
const deepest = 40;

/**
 * Reads structs of Thrift's compact protocol as Parquet uses it, from bytes that are not trusted: no length is believed
 * that the bytes left cannot hold. Throws RangeError for anything wrong.
 */
export class ThriftReader {
  constructor(
    private readonly view: DataView,
    /** Where the next byte is read. */
    public offset: number,
  ) {}

  struct(depth = 0): ThriftStruct {
    if (depth > deepest) throw new RangeError("structs nested too deep");
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const head = this.byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? this.integer() : id + (head >> 4);
      fields.set(id, this.value(head & 15, depth));
    }
  }

  private value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 3:
        return (this.byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.integer();
      case 7:
        this.offset += 8;
        return this.view.getFloat64(this.offset - 8, true);
      case 8:
        return this.binary();
      case 9:
        return this.list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`Thrift type ${type}`);
    }
  }

  private list(depth: number): ThriftValue[] {
    const head = this.byte();
    const size = head >> 4 === 15 ? this.unsigned() : head >> 4;
    if (size > this.left()) throw new RangeError(`a list of ${size} in ${this.left()} bytes`);
    // Booleans take a byte each here, as in no other place.
    const type = (head & 15) <= 2 ? 3 : head & 15;
    return Array.from({ length: size }, () => this.value(type, depth + 1));
  }

  private binary(): Uint8Array {
    const size = this.unsigned();
    if (size > this.left()) throw new RangeError(`${size} bytes of ${this.left()}`);
    this.offset += size;
    return new Uint8Array(this.view.buffer, this.view.byteOffset + this.offset - size, size);
  }

  private left(): number {
    return this.view.byteLength - this.offset;
  }

  private byte(): number {
    return this.view.getUint8(this.offset++);
  }

  /** A zigzag integer; beyond 2^53 it is rounded. */
  private integer(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A variable-length unsigned integer of at most ten bytes; beyond 2^53 it is rounded. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("an integer of more than ten bytes");
  }
}
