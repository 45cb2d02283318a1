/** A pickle that is broken, or that asks for more than a state dict needs. */
export class PickleError extends Error {
  override readonly name = 'PickleError';
}

/** What a pickle's references to the world outside of it mean. Both throw PickleError for what they do not know. */
export interface PickleWorld {
  /** A class or function of a Python module. What is a function here is what a pickle may call: with the list of its arguments. */
  global(module: string, name: string): unknown;
  persistent(id: unknown): unknown;
}

/** Marks where a group of values begins on the stack. */
const mark = Symbol('mark');

/**
 * Reads one pickle (protocol 2, and only the instructions that a state dict uses). Dicts become Maps, lists and
 * tuples arrays, integers numbers or bigints. Nothing is ever run but the functions that `world` hands out.
 * @returns the value, and where the pickle ends
 * @throws PickleError
 */
export function readPickle(bytes: Uint8Array, start: number, world: PickleWorld): { value: unknown; end: number } {
  return new Unpickler(bytes, start, world).run();
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at: number;

  /** By opcode; with their names in Python's pickletools. */
  readonly #instructions: Readonly<Record<number, () => void>> = {
    128: () => this.#expectProtocol(this.#uint8()), // PROTO
    78: () => this.#push(null), // NONE
    136: () => this.#push(true), // NEWTRUE
    137: () => this.#push(false), // NEWFALSE
    75: () => this.#push(this.#uint8()), // BININT1
    77: () => this.#push(this.#view.getUint16(this.#take(2), true)), // BININT2
    74: () => this.#push(this.#view.getInt32(this.#take(4), true)), // BININT
    138: () => this.#push(this.#integer(this.#uint8())), // LONG1
    88: () => this.#push(this.#text(this.#uint32())), // BINUNICODE
    40: () => this.#push(mark), // MARK
    41: () => this.#push([]), // EMPTY_TUPLE
    93: () => this.#push([]), // EMPTY_LIST
    125: () => this.#push(new Map()), // EMPTY_DICT
    133: () => this.#push([this.#pop()]), // TUPLE1
    134: () => this.#push([this.#pop(), this.#pop()].reverse()), // TUPLE2
    116: () => this.#push(this.#popToMark()), // TUPLE
    101: () => this.#append(this.#popToMark()), // APPENDS
    115: () => this.#setItems([this.#pop(), this.#pop()].reverse()), // SETITEM
    117: () => this.#setItems(this.#popToMark()), // SETITEMS
    113: () => this.#remember(this.#uint8()), // BINPUT
    114: () => this.#remember(this.#uint32()), // LONG_BINPUT
    104: () => this.#recall(this.#uint8()), // BINGET
    106: () => this.#recall(this.#uint32()), // LONG_BINGET
    99: () => this.#push(this.#world.global(this.#line(), this.#line())), // GLOBAL
    81: () => this.#push(this.#world.persistent(this.#pop())), // BINPERSID
    82: () => this.#call(), // REDUCE
    98: () => this.#dropAttributes(), // BUILD
  };

  constructor(bytes: Uint8Array, start: number, world: PickleWorld) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#world = world;
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      const opcode = this.#view.getUint8(this.#take(1));
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at }; // STOP
      const instruction = this.#instructions[opcode];
      if (!instruction)
        throw this.#broken(`has an instruction 0x${opcode.toString(16)}, which a state dict does not use`);
      instruction();
    }
  }

  #expectProtocol(protocol: number): void {
    if (protocol !== 2) throw this.#broken(`is of protocol ${protocol}; only protocol 2 is read`);
  }

  #append(values: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#broken('appends to what is not a list');
    for (const value of values) list.push(value);
  }

  #setItems(flat: unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map) || flat.length % 2 !== 0) throw this.#broken('sets items of what is not a dict');
    for (let i = 0; i < flat.length; i += 2) dict.set(flat[i], flat[i + 1]);
  }

  #call(): void {
    const args = this.#pop();
    const callee = this.#pop();
    if (typeof callee !== 'function' || !Array.isArray(args)) throw this.#broken('calls what is not a function');
    this.#push(callee(args));
  }

  /** PyTorch hangs a version on its ordered dicts; nothing here needs it. */
  #dropAttributes(): void {
    this.#pop();
    if (!(this.#top() instanceof Map)) throw this.#broken('sets attributes of what is not a dict');
  }

  #remember(key: number): void {
    this.#memo.set(key, this.#top());
  }

  #recall(key: number): void {
    if (!this.#memo.has(key)) throw this.#broken(`recalls value ${key}, which it has not stored`);
    this.#push(this.#memo.get(key));
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): unknown {
    const value = this.#stack.at(-1);
    if (this.#stack.length === 0 || value === mark) throw this.#broken('takes a value where there is none');
    return value;
  }

  #popToMark(): unknown[] {
    const from = this.#stack.lastIndexOf(mark);
    if (from < 0) throw this.#broken('closes a group that it has not opened');
    return this.#stack.splice(from).slice(1);
  }

  #uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Two's complement, little endian. */
  #integer(length: number): bigint {
    const start = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#view.getUint8(start + i));
    return BigInt.asIntN(8 * length, value);
  }

  #text(length: number): string {
    const start = this.#take(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#broken('ends within a name');
    const line = this.#text(end - this.#at);
    this.#take(1);
    return line;
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw this.#broken('ends too early');
    this.#at += length;
    return start;
  }

  #broken(how: string): PickleError {
    return new PickleError(`The pickle ${how} (at byte ${this.#at}).`);
  }
}
