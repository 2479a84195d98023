//! Measures what a call of an almost empty guest costs without PostgreSQL, which is the least that any call costs.
//!
//! `cargo bench -p plwasm-engine`

use plwasm_engine::{Engine, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::error::Error;
use std::rc::Rc;
use std::time::Instant;

const CALLS: i32 = 3_000_000;
const ROUNDS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30))?;
    let binary = wat::parse_str(
        r#"(module (func (export "add") (param i32 i32) (result i32)
             (i32.add (local.get 0) (local.get 1))))"#,
    )?;
    let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call)?);
    let limits = Limits { fuel: 1_000_000, memory: 1 << 20, isolation: Isolation::Call };

    let started = Instant::now();
    for _ in 0..1000 {
        Guest::new(&engine, module.clone(), limits)?;
    }
    println!("a new instance: {:.0} ns", started.elapsed().as_nanos() as f64 / 1000.0);

    let mut guest = Guest::new(&engine, module, limits)?;
    let add = guest.entry("add", Uses::default())?;
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let mut sum = 0;
        for _ in 0..CALLS {
            guest.refuel(limits.fuel);
            let mut slots = [ValRaw::i32(sum), ValRaw::i32(1), ValRaw::i64(0)];
            // SAFETY: the function above takes two i32 and returns one i32.
            unsafe { guest.call(&add, &mut slots)? };
            sum = slots[0].get_i32();
        }
        assert_eq!(sum, CALLS);
        least = least.min(started.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }
    println!("a call of add(i32, i32), metered and cancellable: {least:.1} ns");
    Ok(())
}
