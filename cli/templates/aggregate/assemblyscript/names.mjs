// For `asc --transform`: exports of assembly/index.ts get the names that the functions of a resource have. AssemblyScript
// exports only identifiers.

const names = {
  create: "[constructor]average-length",
  step: "[method]average-length.step",
  finish: "[method]average-length.finish",
  save: "[method]average-length.save",
  merge: "[method]average-length.merge",
};

export default class {
  afterCompile(module) {
    for (const [name, exported] of Object.entries(names)) {
      module.removeExport(name);
      module.addFunctionExport(`assembly/index/${name}`, `local:@name@/texts@1.0.0#${exported}`);
    }
  }
}
