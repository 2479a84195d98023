// The exports of ../wit/examples.wit. None is null to QuickJS and undefined to SpiderMonkey; both take either.

// An s64 is a number to QuickJS, and loses what is beyond 2^53; to SpiderMonkey it is a BigInt.
const s64 = Number;

let count = 0;

export function add(a, b) {
  if ((a + b | 0) !== a + b) {
    throw { sqlstate: "22003", message: "integer out of range", detail: null, hint: "Add them as bigint." };
  }
  return a + b;
}

export function slugify(text) {
  return text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").toLowerCase();
}

export function total(numbers) {
  return s64(numbers.reduce((sum, n) => sum + (n ?? 0), 0));
}

export function distance(a, b) {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2);
}

export function better(now) {
  return { sad: "ok", ok: "happy", happy: null }[now];
}

export function reverse(bytes) {
  return bytes.reverse();
}

export function words(text) {
  return text.split(" ").filter((word) => word);
}

export function counted(lines) {
  return lines.filter((line) => line.quantity != null);
}

export function scale(i, n) {
  return { months: i.months * n, days: i.days * n, microseconds: i.microseconds * s64(n) };
}

export function calls() {
  return ++count;
}

export function fail(message) {
  throw message;
}
