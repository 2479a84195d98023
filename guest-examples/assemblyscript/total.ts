// The interface `sums` of ../wit/resources.wit. A state is represented by its address. names.mjs gives the exports the
// names that the functions of a resource have.

/** The sum of many integers, in 128 bits. */
@unmanaged
class Total {
  low: u64;
  high: i64;

  /** Returns false if the sum does not fit. */
  add(low: u64, high: i64): bool {
    const before = this.high;
    this.low += low;
    this.high += high + i64(this.low < low);
    return ((before ^ this.high) & (high ^ this.high)) >= 0;
  }
}

// @ts-ignore: decorator
@external("[export]plwasm:examples/sums@1.0.0", "[resource-new]total")
declare function newHandle(total: Total): i32;

/** A text or a list of bytes as it lies in memory. */
@unmanaged
class Text {
  constructor(public bytes: usize, public length: usize) {}

  static of(text: string): Text {
    const bytes = String.UTF8.encode(text);
    return new Text(changetype<usize>(bytes), bytes.byteLength);
  }
}

/** An s64, or text that says why there is none. */
@unmanaged
class Result {
  isError: bool;
  value: i64;
}

/** Nothing, or text that says what is wrong. */
@unmanaged
class Outcome {
  isError: bool;
  bytes: usize;
  length: usize;
}

// Each is made once, so that a call allocates nothing.
const outOfRange = Text.of("bigint out of range");
const malformed = Text.of("malformed saved state");
const result = new Result();
const outcome = new Outcome();
const saved = new Text(heap.alloc(17), 17);

/** The host asks for memory for the argument of `merge`, which is the last allocation then. */
export function cabi_realloc(old: usize, oldSize: usize, alignment: usize, size: usize): usize {
  return old ? heap.realloc(old, size) : heap.alloc(size);
}

export function constructor(): i32 {
  return newHandle(new Total());
}

export function step(total: Total, value: i64): void {
  total.add(value, value >> 63);
}

export function unstep(total: Total, value: i64): bool {
  // The complement is one less than the negative value.
  total.add(~value, ~value >> 63);
  total.add(1, 0);
  return true;
}

export function finish(total: Total): Result {
  result.isError = total.high != <i64>total.low >> 63;
  if (result.isError) {
    memory.copy(changetype<usize>(result) + offsetof<Result>("value"), changetype<usize>(outOfRange), offsetof<Text>());
  } else {
    result.value = total.low;
  }
  return result;
}

/** A byte with the version, and the sum. */
export function save(total: Total): Text {
  store<u8>(saved.bytes, 1);
  store<u64>(saved.bytes + 1, total.low);
  store<i64>(saved.bytes + 9, total.high);
  return saved;
}

export function merge(total: Total, bytes: usize, length: usize): Outcome {
  outcome.isError =
    length != 17 || load<u8>(bytes) != 1 || !total.add(load<u64>(bytes + 1), load<i64>(bytes + 9));
  outcome.bytes = malformed.bytes;
  outcome.length = malformed.length;
  if (length > 0) heap.free(bytes);
  return outcome;
}
