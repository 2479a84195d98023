// The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
// here an address; a string is passed as pointer and length. names.mjs, which asconfig.json names, gives the exports
// their names. PL/Wasm keeps what the constructor makes, and begins each call of a method with it, so nothing has to be
// freed.

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const bytes = heap.alloc(size);
  if (old != 0) memory.copy(bytes, old, min(oldSize, size));
  return bytes;
}

function wordsOf(text: usize, length: usize): string[] {
  return String.UTF8.decodeUnsafe(text, length).split(" ");
}

class Wordlist {
  words: Set<string> = new Set<string>();
}

export function create(words: usize, length: usize): Wordlist {
  const list = new Wordlist();
  const found = wordsOf(words, length);
  for (let i = 0; i < found.length; i++) {
    if (found[i].length > 0) list.words.add(found[i]);
  }
  return list;
}

export function hits(list: Wordlist, text: usize, length: usize): i32 {
  const found = wordsOf(text, length);
  let hits = 0;
  for (let i = 0; i < found.length; i++) {
    if (list.words.has(found[i])) hits++;
  }
  return hits;
}
