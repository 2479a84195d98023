// The interface patterns of ../wit/resources.wit: JavaScript's own regular expressions.

class Matcher {
  #pattern;

  // To QuickJS, a constructor that can fail returns a result. To SpiderMonkey it would just throw.
  constructor(pattern) {
    try {
      this.#pattern = new RegExp(pattern, "gu");
    } catch (error) {
      return { tag: "err", val: `invalid regular expression: ${error.message}` };
    }
    return { tag: "ok", val: this };
  }

  isMatch(text) {
    return text.search(this.#pattern) >= 0;
  }

  replace(text, replacement) {
    return text.replace(this.#pattern, replacement);
  }

  findAll(text) {
    return text.match(this.#pattern) ?? [];
  }
}

export const patterns = { Matcher };
