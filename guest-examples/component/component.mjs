// component.mjs GUEST-EXAMPLES DIRECTORY: writes wit.wasm and rust.wasm into the directory.

import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readFile, writeFile } from "node:fs/promises";

const [guests, directory] = process.argv.slice(2);

// The tool takes one text: a package that the first one uses is nested in it.
const examples = await readFile(`${guests}/wit/examples.wit`, "utf8");
const types = await readFile(`${guests}/wit/deps/plwasm-types.wit`, "utf8");
const witSource = examples + types.slice(types.indexOf("package")).replace(";", " {") + "}";

// Nothing but a module's first eight bytes.
const binary = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
await writeFile(`${directory}/wit.wasm`, await componentEmbed({ binary, witSource, world: "examples" }));

await writeFile(`${directory}/rust.wasm`, await componentNew(await readFile(`${guests}/rust/examples.wasm`)));
