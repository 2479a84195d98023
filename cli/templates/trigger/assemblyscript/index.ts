// The trigger function of wit/world.wit, by the canonical ABI: the fields of a record are passed one after another, a string as
// pointer and length, and a result is returned as a pointer to it. Every call begins with the module's pristine state, so it need
// not free what it allocates.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const bytes = heap.alloc(size);
  if (old != 0) memory.copy(bytes, old, min(oldSize, size));
  return bytes;
}

// A result<person, string>. Both cases begin with a string.
function returned(isError: bool, text: string, edits: i32): usize {
  const bytes = String.UTF8.encode(text);
  const result = heap.alloc(16);
  store<u8>(result, isError ? 1 : 0);
  store<usize>(result, changetype<usize>(bytes), 4);
  store<i32>(result, bytes.byteLength, 8);
  store<i32>(result, edits, 12);
  return result;
}

export function tidy(bytes: usize, length: i32, edits: i32): usize {
  const email = String.UTF8.decodeUnsafe(bytes, length);
  if (!email.includes("@")) return returned(true, email + " is no e-mail address", 0);
  return returned(false, email.toLowerCase(), edits + 1);
}
