// component.mjs GUEST-EXAMPLES DIRECTORY: writes what build.sh lists into the directory.

import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readFile, writeFile } from "node:fs/promises";

const [guests, directory] = process.argv.slice(2);

// The tool takes one text: the package that others use is nested in it.
const types = await readFile(`${guests}/wit/deps/plwasm-types.wit`, "utf8");
const nested = types.slice(types.indexOf("package")).replace(";", " {") + "}";
const examples = (await readFile(`${guests}/wit/examples.wit`, "utf8")) + nested;

// Nothing but a module's first eight bytes.
const binary = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const embed = async (name, witSource, world) =>
  writeFile(`${directory}/${name}.wasm`, await componentEmbed({ binary, witSource, world }));
await embed("wit", examples, "examples");

const resources = await readFile(`${guests}/wit/resources.wit`, "utf8");
for (const world of ["bloom", "hyperloglog", "matcher", "tdigest", "total", "validator"]) {
  await embed(`wit-${world}`, resources, world);
}

const rows = (await readFile(`${guests}/wit/rows.wit`, "utf8")) + nested;
for (const world of ["rows", "tables"]) {
  await embed(`wit-${world}`, rows, world);
}

const component = async (name, module) =>
  writeFile(`${directory}/${name}.wasm`, await componentNew(await readFile(`${guests}/${module}.wasm`)));
await component("rust", "rust/examples");
await component("small", "rust-resources/small");
