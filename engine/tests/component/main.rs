//! Components, through the engine's public face: each call is compared with wasmtime's own component
//! runtime.

mod calls;
mod core_resources;
mod hostile;
mod instances;
mod isolation;
mod resources;
mod start;
mod stubs;
mod subject;
mod texts;

use subject::Value;

fn u32s(all: &[u32]) -> Vec<Value> {
    all.iter().map(|value| Value::U32(*value)).collect()
}
