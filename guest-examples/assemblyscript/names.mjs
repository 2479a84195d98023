// For `asc --transform`: exports of total.ts get the names that the functions of a resource have. AssemblyScript exports
// no names but identifiers.

const resource = "total";
const prefix = "plwasm:examples/sums@1.0.0#";

const names = { constructor: `${prefix}[constructor]${resource}` };
for (const method of ["step", "unstep", "finish", "save", "merge"]) {
  names[method] = `${prefix}[method]${resource}.${method}`;
}

export default class {
  afterCompile(module) {
    for (const [name, exported] of Object.entries(names)) {
      module.removeExport(name);
      module.addFunctionExport(`total/${name}`, exported);
    }
  }
}
