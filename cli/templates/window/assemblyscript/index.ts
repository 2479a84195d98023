// The window function of wit/world.wit, by the canonical ABI: a list is passed as pointer and length, and returned as a
// pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const bytes = heap.alloc(size);
  if (old != 0) memory.copy(bytes, old, min(oldSize, size));
  return bytes;
}

export function smooth(rows: usize, length: i32, width: i32): usize {
  const averages = heap.alloc(<usize>length << 3);
  for (let i: i32 = 0; i < length; i++) {
    const first = max(0, i + 1 - max(1, width));
    let sum: f64 = 0;
    for (let j = first; j <= i; j++) sum += load<f64>(rows + (<usize>j << 3));
    store<f64>(averages + (<usize>i << 3), sum / (i + 1 - first));
  }
  const result = heap.alloc(8);
  store<usize>(result, averages);
  store<i32>(result, length, 4);
  return result;
}
