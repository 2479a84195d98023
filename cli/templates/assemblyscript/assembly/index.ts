// The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, and returned as a
// pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const bytes = heap.alloc(size);
  if (old != 0) memory.copy(bytes, old, min(oldSize, size));
  return bytes;
}

// What a function says with this becomes a message of PostgreSQL (docs/messages.md of PL/Wasm): log(1, text, length); 1 is info.
// @external("plwasm:host/log", "log") declare function log(level: u32, text: usize, length: usize): void;

function isLetterOrDigit(c: u8): bool {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39);
}

export function slugify(text: usize, length: usize): usize {
  const slug = heap.alloc(length);
  let end: usize = 0;
  let between = false;
  for (let i: usize = 0; i < length; i++) {
    let c = load<u8>(text + i);
    if (c >= 0x41 && c <= 0x5a) c += 0x20;
    if (!isLetterOrDigit(c)) {
      between = true;
      continue;
    }
    if (between && end > 0) store<u8>(slug + end++, 0x2d);
    between = false;
    store<u8>(slug + end++, c);
  }
  const result = heap.alloc(8);
  store<usize>(result, slug);
  store<usize>(result, end, 4);
  return result;
}
