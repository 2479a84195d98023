// The functions of wit/world.wit.
//
// What a function writes by console.log becomes messages of PostgreSQL (docs/messages.md of PL/Wasm), if package.json has no
// --stub-wasi and the server has plwasm.wasi = inert.

export function slugify(text) {
  return text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").toLowerCase();
}
