// The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
// here an address; a string is passed as pointer and length; a result of more than one number is returned by address.
// names.mjs, which asconfig.json names, gives the exports their names. Each group of a query has a state of its own,
// which stays from row to row: what step allocates has to be freed.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const bytes = heap.alloc(size);
  if (old != 0) memory.copy(bytes, old, min(oldSize, size));
  return bytes;
}

/** Frees an argument. One without bytes was not allocated. */
function free(bytes: usize, length: usize): void {
  if (length > 0) heap.free(bytes);
}

@unmanaged
class AverageLength {
  count: u64;
  sum: u64;
}

@unmanaged
class OptionF64 {
  isSome: bool;
  value: f64;
}

@unmanaged
class List {
  bytes: usize;
  length: usize;
}

@unmanaged
class Result {
  isError: bool;
  message: usize;
  length: usize;
}

// What is returned is made once, so that a call allocates nothing.
const result = new Result();
const option = new OptionF64();
const list = new List();
const saved = heap.alloc(17);
const malformed = String.UTF8.encode("malformed saved state");

/** The first byte of what is saved. Change it with the format. */
const VERSION: u8 = 1;

export function create(): AverageLength {
  return new AverageLength();
}

export function step(state: AverageLength, text: usize, length: usize): void {
  state.count++;
  for (let i: usize = 0; i < length; i++) {
    // the first byte of a character in UTF-8
    if ((load<u8>(text + i) & 0xc0) != 0x80) state.sum++;
  }
  free(text, length);
}

export function finish(state: AverageLength): OptionF64 {
  option.isSome = state.count > 0;
  option.value = f64(state.sum) / f64(state.count);
  return option;
}

export function save(state: AverageLength): List {
  store<u8>(saved, VERSION);
  store<u64>(saved + 1, state.count);
  store<u64>(saved + 9, state.sum);
  list.bytes = saved;
  list.length = 17;
  return list;
}

export function merge(state: AverageLength, bytes: usize, length: usize): Result {
  result.isError = length != 17 || load<u8>(bytes) != VERSION;
  if (result.isError) {
    result.message = changetype<usize>(malformed);
    result.length = malformed.byteLength;
  } else {
    state.count += load<u64>(bytes + 1);
    state.sum += load<u64>(bytes + 9);
  }
  free(bytes, length);
  return result;
}
