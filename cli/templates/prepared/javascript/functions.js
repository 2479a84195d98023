// The resource of wit/world.wit. PL/Wasm keeps what the constructor makes, and begins each call of a method with it.

class Wordlist {
  #words;

  constructor(words) {
    this.#words = new Set(wordsOf(words));
  }

  hits(text) {
    return wordsOf(text).filter((word) => this.#words.has(word)).length;
  }
}

function wordsOf(text) {
  return text.split(/\s+/).filter((word) => word);
}

export const texts = { Wordlist };
