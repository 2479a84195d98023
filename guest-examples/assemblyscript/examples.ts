// The exports of ../wit/examples.wit. A parameter that is a list is two, address and length; a record is
// one per field. All that is returned, and is more than one scalar, is returned by address: an @unmanaged
// class lies in memory as the canonical ABI has it, if the fields of records in it are written out.

import { decode, encodeTo, List } from "./abi";

export {
  cabi_realloc,
  release as cabi_post_add,
  release as cabi_post_slugify,
  release as cabi_post_better,
  release as cabi_post_reverse,
  release as cabi_post_words,
  release as cabi_post_counted,
  release as cabi_post_scale,
  release as cabi_post_fail,
} from "./abi";

@unmanaged
class Sum {
  isError: bool;
  value: i32;
}

@unmanaged
class Failure {
  isError: bool;
  sqlstate: usize; sqlstateLength: usize;
  message: usize; messageLength: usize;
  hasDetail: bool; detail: usize; detailLength: usize;
  hasHint: bool; hint: usize; hintLength: usize;
}

export function add(a: i32, b: i32): usize {
  const sum = <i64>a + <i64>b;
  if (sum == <i32>sum) {
    const result = new Sum();
    result.value = <i32>sum;
    return changetype<usize>(result);
  }
  const result = new Failure();
  const at = changetype<usize>(result);
  result.isError = true;
  encodeTo(at + offsetof<Failure>("sqlstate"), "22003");
  encodeTo(at + offsetof<Failure>("message"), "integer out of range");
  result.hasHint = true;
  encodeTo(at + offsetof<Failure>("hint"), "Add them as bigint.");
  return at;
}

const dash = 0x2d;

/** In place: the argument's bytes are the guest's own, and the result is not longer. */
export function slugify(text: usize, length: usize): List {
  let out = text;
  let gap = false;
  for (let i = text; i < text + length; i++) {
    let c = load<u8>(i);
    if (c >= 0x41 && c <= 0x5a) c |= 0x20;
    const keep = (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39);
    if (keep && gap && out > text) store<u8>(out++, dash);
    if (keep) store<u8>(out++, c);
    gap = !keep;
  }
  return new List(text, out - text);
}

@unmanaged
class OptionS32 {
  some: bool;
  value: i32;
}

export function total(numbers: usize, length: usize): i64 {
  let sum: i64 = 0;
  for (let i: usize = 0; i < length; i++) {
    const number = changetype<OptionS32>(numbers + i * offsetof<OptionS32>());
    if (number.some) sum += number.value;
  }
  // the host has nothing to read afterwards, and calls no cabi_post_total
  heap.reset();
  return sum;
}

export function distance(ax: f64, ay: f64, bx: f64, by: f64): f64 {
  return sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by));
}

enum Mood { Sad, Ok, Happy }

@unmanaged
class OptionMood {
  some: bool;
  value: u8;
}

export function better(now: Mood): OptionMood {
  const result = new OptionMood();
  result.some = now != Mood.Happy;
  result.value = <u8>now + 1;
  return result;
}

export function reverse(bytes: usize, length: usize): List {
  for (let i = bytes, j = bytes + length - 1; i < j; i++, j--) {
    const byte = load<u8>(i);
    store<u8>(i, load<u8>(j));
    store<u8>(j, byte);
  }
  return new List(bytes, length);
}

export function words(text: usize, length: usize): List {
  const words = decode(text, length).split(" ").filter((word) => word != "");
  const items = heap.alloc(words.length * offsetof<List>());
  for (let i = 0; i < words.length; i++) encodeTo(items + i * offsetof<List>(), words[i]);
  return new List(items, words.length);
}

@unmanaged
class OrderLine {
  article: usize; articleLength: usize;
  hasQuantity: bool; quantity: i32;
  price: usize; priceLength: usize;
}

export function counted(lines: usize, length: usize): List {
  let out = lines;
  for (let i: usize = 0; i < length; i++) {
    const line = lines + i * offsetof<OrderLine>();
    if (!changetype<OrderLine>(line).hasQuantity) continue;
    memory.copy(out, line, offsetof<OrderLine>());
    out += offsetof<OrderLine>();
  }
  return new List(lines, (out - lines) / offsetof<OrderLine>());
}

@unmanaged
class Interval {
  months: i32;
  days: i32;
  microseconds: i64;
}

export function scale(months: i32, days: i32, microseconds: i64, n: i32): Interval {
  const result = new Interval();
  result.months = months * n;
  result.days = days * n;
  result.microseconds = microseconds * n;
  return result;
}

let count: u32 = 0;

export function calls(): u32 {
  return ++count;
}

@unmanaged
class FailureText {
  isError: bool;
  message: usize; messageLength: usize;
}

export function fail(message: usize, length: usize): FailureText {
  const result = new FailureText();
  result.isError = true;
  result.message = message;
  result.messageLength = length;
  return result;
}
