// The canonical ABI of the Component Model: memory for a call, and strings, which are UTF-8 there and
// UTF-16 here.

/** The host asks for memory, and gives back what it needs no longer. Memory of this heap is aligned for every type. */
export function cabi_realloc(old: usize, oldSize: usize, alignment: usize, size: usize): usize {
  return old ? heap.realloc(old, size) : heap.alloc(size);
}

/** The host calls cabi_post_<export> when it has read the result: nothing of a call outlives it. */
export function release(result: usize): void {
  heap.reset();
}

/** A list of bytes or of anything else, and a string, as they lie in memory. */
@unmanaged
export class List {
  items: usize;
  length: usize;

  constructor(items: usize, length: usize) {
    this.items = items;
    this.length = length;
  }
}

export function decode(bytes: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(bytes, length);
}

/** Writes a string's address and length there; its bytes go to the heap. */
export function encodeTo(address: usize, text: string): void {
  const bytes = String.UTF8.encode(text);
  const list = changetype<List>(address);
  list.items = changetype<usize>(bytes);
  list.length = bytes.byteLength;
}
