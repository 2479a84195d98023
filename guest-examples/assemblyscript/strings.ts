// Strings as AssemblyScript passes them to its host: what an ordinary module exports.

export function shout(text: string): string {
  return text + "!";
}

export function same(text: string): string {
  return text;
}

export function nothing(): string {
  return "";
}

export function literal(): string {
  return "é😀";
}

/** Units of UTF-16. */
export function units(text: string): i32 {
  return text.length;
}

export function isEmpty(text: string): bool {
  return text.length == 0;
}

export function halves(text: string, at: i32): string {
  // Many strings, so that the collector runs.
  let found = "";
  for (let i = text.length - 1; i >= 0; i--) found += text.charAt(i);
  return at < 0 ? found : text.substring(at) + "|" + text.substring(0, at);
}

export function scaled(text: string, by: f64, offset: i64, twice: bool = false): string {
  const value = f64(text.length) * by + f64(offset);
  return (twice ? value * 2 : value).toString();
}

export function ratio(text: string): f64 {
  return f64(text.length) / 2;
}

export function maybe(text: string): string | null {
  return text.length == 0 ? null : text;
}

export function checked(text: string): string {
  if (text.length > 3) throw new Error("too long: " + text);
  return text;
}

export function firstBytes(bytes: Uint8Array): i32 {
  return bytes[0];
}
