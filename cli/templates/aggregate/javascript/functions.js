// The resource of wit/world.wit. Each group of a query has a state of its own, which stays from row to row.

// The first byte of what is saved. Change it with the format.
const VERSION = 1;

class AverageLength {
  #count = 0;
  #sum = 0;

  step(text) {
    this.#count++;
    for (const _ of text) this.#sum++;
  }

  finish() {
    return this.#count > 0 ? this.#sum / this.#count : null;
  }

  save() {
    const saved = new DataView(new ArrayBuffer(17));
    saved.setUint8(0, VERSION);
    saved.setFloat64(1, this.#count);
    saved.setFloat64(9, this.#sum);
    return new Uint8Array(saved.buffer);
  }

  merge(saved) {
    if (saved.length !== 17 || saved[0] !== VERSION) throw "malformed saved state";
    const other = new DataView(Uint8Array.from(saved).buffer);
    this.#count += other.getFloat64(1);
    this.#sum += other.getFloat64(9);
  }
}

export const texts = { AverageLength };
