//! Measures a call that leaves state behind: in an instance that is kept, in one that is restored after each call,
//! and in a new one for each call.
//!
//! Run it by `cargo bench -p plwasm-engine --bench isolation`.

use plwasm_engine::{Engine, Entry, Guest, Isolation, Limits, MemoryBudget, Module, Uses, ValRaw};
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(30);
const LIMITS: Limits = Limits { fuel: 1_000_000, memory: 4 << 20, isolation: Isolation::Call };

/// Returns a guest that adds one to a number in each of three places, and returns the sum of the numbers, which is
/// three in a pristine memory. If `grows`, it first grows by a page, and stores there, too.
fn guest(pages: u32, grows: bool) -> Result<Vec<u8>> {
    const PLACES: [u32; 3] = [5 << 10, 20 << 10, 40 << 10];
    let store = |at| {
        format!(
            "(i64.store (i32.const {at}) (i64.add (i64.load (i32.const {at})) (local.get $one)))"
        )
    };
    let load = |at| format!("(i64.load (i32.const {at}))");
    let [a, b, c] = PLACES.map(load);
    let grow = match grows {
        true => "(i64.store (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i64.const 1))",
        false => "",
    };
    Ok(wat::parse_str(format!(
        r#"(module (memory (export "memory") {pages})
             (func (export "touch") (param $one i64) (result i64)
               {grow} {}
               (i64.add (i64.add {a} {b}) {c})))"#,
        PLACES.map(store).concat()
    ))?)
}

fn compile(engine: &Engine, binary: &[u8], isolation: Isolation) -> Result<Rc<Module>> {
    Ok(Rc::new(Module::compile(engine, binary, isolation)?))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Kept,
    Reset,
    New,
}

const WAYS: [Way; 3] = [Way::Kept, Way::Reset, Way::New];

/// One way of calling the guest.
struct Caller<'a> {
    engine: &'a Engine,
    module: Rc<Module>,
    way: Way,
    guest: Guest,
    touch: Entry,
    /// The result of the last call.
    sum: i64,
    /// Nanoseconds per call, the least of all rounds.
    least: f64,
}

impl<'a> Caller<'a> {
    fn new(engine: &'a Engine, binary: &[u8], way: Way) -> Result<Self> {
        // A new instance has nothing to restore.
        let isolation = if way == Way::Reset { Isolation::Call } else { Isolation::Statement };
        let module = compile(engine, binary, isolation)?;
        let mut guest = Guest::new(engine, module.clone(), LIMITS)?;
        let touch = guest.entry("touch", Uses::default())?;
        Ok(Self { engine, module, way, guest, touch, sum: 0, least: f64::MAX })
    }

    fn call(&mut self) -> Result<()> {
        if self.way == Way::New {
            self.renew()?;
        }
        self.guest.refuel(LIMITS.fuel);
        let mut slots = [ValRaw::i64(1), ValRaw::i64(0)];
        // SAFETY: the guest above takes one i64 and returns one i64.
        unsafe { self.guest.call(&self.touch, &mut slots)? };
        self.sum = slots[0].get_i64();
        if self.way == Way::Reset && !self.guest.reset() {
            self.renew()?;
        }
        Ok(())
    }

    fn renew(&mut self) -> Result<()> {
        self.guest = Guest::new(self.engine, self.module.clone(), LIMITS)?;
        self.touch = self.guest.entry("touch", Uses::default())?;
        Ok(())
    }

    fn round(&mut self) -> Result<()> {
        let (started, mut calls) = (Instant::now(), 0);
        let took = loop {
            for _ in 0..100 {
                self.call()?;
            }
            calls += 100;
            let took = started.elapsed();
            if took > ROUND {
                break took;
            }
        };
        self.least = self.least.min(took.as_nanos() as f64 / f64::from(calls));
        Ok(())
    }
}

fn main() -> Result<()> {
    let engine = Engine::new(|| false, MemoryBudget::new(1 << 30))?;
    for (pages, grows) in [(1, false), (17, false), (1, true)] {
        let binary = guest(pages, grows)?;
        // An instance that is kept would grow up to its limit, and no further.
        let ways = if grows { &WAYS[1..] } else { &WAYS };
        let mut callers = ways
            .iter()
            .map(|&way| Caller::new(&engine, &binary, way))
            .collect::<Result<Vec<_>>>()?;
        for _ in 0..ROUNDS {
            for caller in &mut callers {
                caller.round()?;
            }
        }
        let also = if grows { ", and grows by a page" } else { "" };
        println!("a guest of {} KiB that stores in three places{also}:", pages * 64);
        let kept = callers[0].least;
        for caller in &callers {
            let (what, pristine) = match caller.way {
                Way::Kept => ("one instance kept", false),
                Way::Reset => ("restored after each call", true),
                Way::New => ("a new instance for each call", true),
            };
            let wrong = if (caller.sum == 3) == pristine { "" } else { "  (its state is wrong)" };
            let ns = caller.least;
            println!("  {what:<30}{ns:>10.1} ns{:>+12.1} ns{wrong}", ns - kept);
        }
    }
    Ok(())
}
