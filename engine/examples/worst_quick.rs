//! Looks for the module that takes longest to compile of those that a backend compiles itself (`is_quick`):
//!
//!     cargo run -p plwasm-engine --release --example worst_quick [MINUTES [SEED]]
//!
//! First each idiom alone, as often as it is let in, with few and many locals, functions and values; then mixtures of
//! what was found, changed at random as long as that makes them slower. Milliseconds are CPU time, the least of three.

use arbitrary::Unstructured;
use plwasm_engine::{Compiler, Isolation, Runtime, Threads, is_quick};
use std::time::{Duration, Instant};

/// What is repeated: in a row, or one in another, where it has an end. `{i}` is which one it is, `$L{i}` one of the
/// locals. `$wide` is a type, and a function, of `width` parameters and results.
const IDIOMS: &[(&str, &str)] = &[
    ("nop ", ""),
    // memory
    ("i32.const 8 i32.const 1 i32.store ", ""),
    ("local.get $a local.get $b i64.store ", ""),
    ("local.get $a local.tee $c local.get $b i64.store offset={i} ", ""),
    ("local.get $a local.get $c i32.store8 offset={i} ", ""),
    ("local.get $a local.get $v v128.store ", ""),
    ("local.get $a local.get $v v128.store8_lane 3 ", ""),
    ("local.get $a local.get $b i64.store $other ", ""),
    ("local.get $a i32.load i32.load i32.load i32.load local.set $a ", ""),
    ("local.get $a local.get $c local.get $c memory.fill ", ""),
    ("local.get $a local.get $c local.get $c memory.copy ", ""),
    ("local.get $a local.get $c local.get $c memory.init $data ", ""),
    ("local.get $c memory.grow local.set $c ", ""),
    ("local.get $c memory.grow memory.grow memory.grow memory.grow drop ", ""),
    ("memory.size drop ", ""),
    // numbers
    ("local.get $f local.get $f f64.div local.set $f ", ""),
    ("local.get $a local.get $f local.get $f f64.div f64.store ", ""),
    ("local.get $f local.get $f f64.add f64.neg local.set $f ", ""),
    ("local.get $f f64.ceil f64.nearest f64.sqrt local.set $f ", ""),
    (
        "local.get $f i64.trunc_f64_u f64.convert_i64_u i64.trunc_f64_u f64.convert_i64_u local.set $f ",
        "",
    ),
    ("local.get $f i64.trunc_sat_f64_u f64.convert_i64_u local.set $f ", ""),
    ("local.get $f f32.demote_f64 f64.promote_f32 local.set $f ", ""),
    ("local.get $b local.get $b i64.div_s local.set $b ", ""),
    ("local.get $b local.get $b i64.rem_s local.get $b i64.rem_u local.set $b ", ""),
    ("local.get $b i64.const 7 i64.div_s local.set $b ", ""),
    (
        "local.get $b i64.const 5 i64.add local.get $b i64.xor i64.const 7 i64.mul local.tee $b i64.const 3 i64.shl local.get $b i64.or local.set $b ",
        "",
    ),
    (
        "local.get $b local.get $d i64.rotl i64.popcnt i64.clz i64.ctz i64.extend8_s local.set $b ",
        "",
    ),
    (
        "local.get $b i64.popcnt i64.popcnt i64.popcnt i64.popcnt i64.popcnt i64.popcnt i64.popcnt i64.popcnt drop ",
        "",
    ),
    ("local.get $b local.get $d local.get $c select local.set $b ", ""),
    ("local.get $b ", "i64.add "),
    ("local.get $b ", "i64.mul "),
    ("local.get $a i64.load offset={i} ", "i64.xor "),
    // vectors
    ("local.get $v local.get $v f32x4.add local.set $v ", ""),
    ("local.get $a local.get $v local.get $v f32x4.max v128.store ", ""),
    ("local.get $v f64x2.ceil f64x2.sqrt f64x2.abs local.set $v ", ""),
    (
        "local.get $v local.get $v i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 local.set $v ",
        "",
    ),
    ("local.get $v i8x16.popcnt local.get $v i64x2.mul local.get $c i8x16.shl local.set $v ", ""),
    ("local.get $v local.get $c i8x16.shr_s local.get $c i64x2.shr_s local.set $v ", ""),
    ("local.get $v i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_u local.set $v ", ""),
    ("local.get $v local.get $v i8x16.swizzle local.set $v ", ""),
    // tables, calls, globals
    ("local.get $c local.get $c table.get 0 table.set 0 ", ""),
    ("local.get $c ref.null func local.get $c table.fill 0 ", ""),
    ("ref.null func local.get $c table.grow 0 local.set $c ", ""),
    ("local.get $c local.get $c local.get $c table.copy 0 0 ", ""),
    ("local.get $c local.get $c local.get $c table.init 0 $elements ", ""),
    ("call $nothing ", ""),
    ("local.get $b local.get $d local.get $b local.get $d call $four local.set $b ", ""),
    ("local.get $c call_indirect (type $plain) ", ""),
    ("ref.func $nothing call_ref $plain ", ""),
    ("local.get $c if return_call $nothing end ", ""),
    ("call $results ", ""),
    ("{wide}call $wide ", ""),
    ("global.get $g local.get $b i64.add global.set $g ", ""),
    ("global.get $gv global.set $gw ", ""),
    ("local.get $x global.set $gx global.get $gx local.set $x ", ""),
    // objects
    ("struct.new_default $struct drop ", ""),
    ("struct.new_default $struct local.set $s ", ""),
    ("local.get $s struct.get $struct 0 local.set $b ", ""),
    ("local.get $s local.get $b struct.set $struct 0 ", ""),
    ("local.get $c array.new_default $array local.set $r ", ""),
    ("local.get $b local.get $b local.get $b array.new_fixed $array 3 local.set $r ", ""),
    ("local.get $r local.get $c local.get $b array.set $array ", ""),
    (
        "local.get $r local.get $c local.get $r local.get $c local.get $c array.copy $array $array ",
        "",
    ),
    ("local.get $r local.get $c local.get $b local.get $c array.fill $array ", ""),
    ("local.get $q local.get $c local.get $q local.get $c array.get $refs array.set $refs ", ""),
    (
        "local.get $q local.get $c local.get $q local.get $c local.get $c array.copy $refs $refs ",
        "",
    ),
    ("local.get $y ref.cast (ref $struct) ref.cast (ref any) local.set $y ", ""),
    ("local.get $y ref.test (ref $struct) local.set $c ", ""),
    ("local.get $c ref.i31 i31.get_s ref.i31 i31.get_u local.set $c ", ""),
    ("local.get $c if throw $tag end ", ""),
    // control
    ("block ", "end "),
    ("block local.get $c br_if 0 ", "end "),
    ("loop ", "end "),
    ("loop ", "local.get $c br_if 0 end "),
    ("loop local.get $c br_if {i} ", "end "),
    ("loop local.get $L{i} local.set $L{j} ", "local.get $c br_if 0 end "),
    ("loop ", "local.get $f local.get $f f64.add local.set $f local.get $c br_if 0 end "),
    ("loop ", "local.get $v local.get $v i64x2.add local.set $v local.get $c br_if 0 end "),
    ("local.get $c if ", "end "),
    ("local.get $c if (result i64) ", "i64.const 1 else local.get $b end drop local.get $d "),
    ("local.get $c if i64.const 1 local.set $L{i} else ", "end "),
    ("try_table ", "end "),
    ("block try_table (catch_all 0) call $nothing ", "end end "),
    ("loop block try_table (catch $tag 0) call $nothing ", "end end local.get $c br_if 0 end "),
    ("loop local.get $c br_if 0 end ", ""),
    ("loop local.get $b local.get $d i64.sub local.tee $b i64.eqz br_if 0 end ", ""),
    ("loop local.get $L{i} local.set $L{j} local.get $c br_if 0 end ", ""),
    ("local.get $c if local.get $d local.set $b end ", ""),
    ("local.get $c if i64.const 1 local.set $L{i} end ", ""),
    ("local.get $L{i} i64.const 1 i64.add local.set $L{j} ", ""),
    ("local.get $c if (result i64) local.get $b else local.get $d end local.set $b ", ""),
    ("local.get $c if return end ", ""),
    ("local.get $c br_if 0 ", ""),
    ("local.get $b ", ""),
    ("local.get $a local.get $L{i} i64.store ", ""),
    ("block local.get $c br_table 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 end ", ""),
    ("local.get $c br_table 0 0 0 0 0 0 0 0 0 end block ", ""),
    ("{wide}block (type $wide) end ", ""),
    ("{wide}loop (type $wide) end ", ""),
    ("{wide}local.get $c if (type $wide) else end ", ""),
    ("{wide}loop (type $wide) local.get $c br_if 0 ", "local.get $c br_if 0 end "),
    ("{wide}block (type $wide) local.get $c br_if 0 ", "local.get $c br_if 0 end "),
];

/// A module: so many functions that have so many locals and those idioms, each within the one before it.
#[derive(Debug, Clone)]
struct Genes {
    functions: usize,
    locals: usize,
    width: usize,
    /// Which idiom, and how often.
    idioms: Vec<(usize, usize)>,
}

impl Genes {
    fn text(&self) -> String {
        let values = |what: &str| what.repeat(self.width);
        let mut text = format!(
            "(module (type $plain (func)) (type $wide (func (param {0}) (result {0})))
            (type $struct (struct {1})) (type $array (array (mut i64))) (type $refs (array (mut anyref)))
            (memory 1) (memory $other 1) (table 10 funcref) (tag $tag)
            (global $g (mut i64) (i64.const 0)) (global $gx (mut externref) (ref.null extern))
            (global $gv (mut v128) (v128.const i64x2 0 0)) (global $gw (mut v128) (v128.const i64x2 0 0))
            (data $data \"x\") (elem $elements func $nothing) (elem declare func $nothing)
            (func $nothing) (func $four (param i64 i64 i64 i64) (result i64) local.get 0)
            (func $results (result {0}) unreachable) (func $wide (param {0}) (result {0}) unreachable)",
            values("i64 "),
            values("(field (mut i64)) "),
        );
        let locals: String = (0..self.locals).map(|i| format!("(local $L{i} i64) ")).collect();
        for function in 0..self.functions {
            text += &format!(
                "(func (export \"{function}\") (param $a i32) (param $b i64) (param $c i32) (param $d i64) (param $f f64)
                (param $v v128) (local $s (ref null $struct)) (local $r (ref null $array)) (local $q (ref null $refs))
                (local $y anyref) (local $x externref) {locals} block "
            );
            let once = self.idioms.iter().any(|(idiom, _)| IDIOMS[*idiom].0.starts_with("{wide}"));
            if once {
                text += &values("local.get $b ");
            }
            let repeat = |text: &mut String, what: &str, times: usize| {
                for i in 0..times {
                    let local = |i: usize| match self.locals {
                        0 => "$b".to_string(),
                        n => format!("$L{}", i % n),
                    };
                    *text += &what
                        .replace("{wide}", "")
                        .replace("$L{i}", &local(i))
                        .replace("$L{j}", &local(i * 7 + 1))
                        .replace("{i}", &i.to_string());
                }
            };
            for (idiom, times) in &self.idioms {
                repeat(&mut text, IDIOMS[*idiom].0, *times);
            }
            text += "local.get $b ";
            for (idiom, times) in self.idioms.iter().rev() {
                repeat(&mut text, IDIOMS[*idiom].1, *times);
            }
            text += "br 0 end) ";
        }
        text + ")"
    }

    /// The binary, if it is valid text that is let in.
    fn binary(&self) -> Option<Vec<u8>> {
        let binary = wat::parse_str(self.text()).ok()?;
        is_quick(&binary).then_some(binary)
    }

    /// With its last idiom as often as it is let in.
    fn filled(mut self) -> Option<(Self, Vec<u8>)> {
        let last = self.idioms.len() - 1;
        let mut with = |times: usize| {
            self.idioms[last].1 = times;
            Some((self.clone(), self.binary()?))
        };
        let (mut found, mut step) = (with(1)?, 1024);
        while step > 0 {
            if let Some(more) = with(found.0.idioms[last].1 + step) {
                found = more;
            }
            step /= 2;
        }
        Some(found)
    }
}

struct Found {
    ms: f64,
    size: usize,
    isolation: Isolation,
    genes: Genes,
}

fn measure(compiler: &Compiler, genes: Genes) -> Option<Found> {
    let (genes, binary) = genes.filled()?;
    let best = |isolation| {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = cpu();
            // Where it is invalid after all, that is found in no time.
            let valid = compiler.compile(&binary, isolation, None).is_ok();
            best = best.min(if valid { cpu() - start } else { 0.0 });
        }
        best
    };
    let (call, statement) = (best(Isolation::Call), best(Isolation::Statement));
    let isolation = if call > statement { Isolation::Call } else { Isolation::Statement };
    Some(Found { ms: call.max(statement), size: binary.len(), isolation, genes })
}

fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a pointer to a time.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn mutate(genes: &Genes, random: &mut Unstructured<'_>) -> arbitrary::Result<Genes> {
    let mut new = genes.clone();
    match random.int_in_range(0..=6)? {
        0 => new.functions = random.int_in_range(1..=200)?,
        1 => new.locals = *random.choose(&[0, 1, 10, 30, 100, 300, 1000])?,
        2 => new.width = random.int_in_range(1..=100)?,
        3 => new
            .idioms
            .insert(0, (random.choose_index(IDIOMS.len())?, random.int_in_range(1..=300)?)),
        4 => new.idioms.push((random.choose_index(IDIOMS.len())?, 1)),
        5 if new.idioms.len() > 1 => {
            let _ = new.idioms.remove(random.choose_index(new.idioms.len())?);
        }
        _ => {
            let at = random.choose_index(new.idioms.len())?;
            new.idioms[at].1 = random.int_in_range(1..=500)?;
        }
    }
    Ok(new)
}

fn show(found: &Found) {
    let Found { ms, size, isolation, genes: Genes { functions, locals, width, idioms } } = found;
    let what = idioms.iter().map(|(idiom, times)| format!("{times} x {:?}", IDIOMS[*idiom]));
    println!(
        "{ms:7.1} ms, {size} bytes, {isolation:?}, {functions} functions, {locals} locals, {width} values: {}",
        what.collect::<Vec<_>>().join(", ")
    );
}

fn main() -> plwasm_engine::Result<()> {
    let argument =
        |n| std::env::args().nth(n).and_then(|argument: String| argument.parse::<u64>().ok());
    let end = Instant::now() + Duration::from_secs(60 * argument(1).unwrap_or(3));
    let mut seed = argument(2).unwrap_or(1);
    let compiler = Compiler::new(&Runtime::new()?, Threads::One);
    let mut found = Vec::new();
    for idiom in 0..IDIOMS.len() {
        for (functions, locals, width) in [
            (1, 0, 1),
            (1, 30, 1),
            (1, 300, 1),
            (1, 0, 15),
            (1, 0, 100),
            (1, 0, 900),
            (10, 0, 1),
            (100, 0, 1),
            (30, 30, 1),
        ] {
            let genes = Genes { functions, locals, width, idioms: vec![(idiom, 1)] };
            found.extend(measure(&compiler, genes));
        }
    }
    let by_time = |a: &Found, b: &Found| b.ms.total_cmp(&a.ms);
    found.sort_by(by_time);
    println!("{} modules of one idiom", found.len());
    found.iter().take(20).for_each(show);
    found.truncate(20);
    let mut tried = 0;
    while Instant::now() < end {
        // xorshift
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let bytes: Vec<u8> =
            (1..=64u64).map(|i| (seed.wrapping_mul(2 * i + 1) >> 32) as u8).collect();
        let parent = seed as usize % found.len();
        let Ok(genes) = mutate(&found[parent].genes, &mut Unstructured::new(&bytes)) else {
            continue;
        };
        tried += 1;
        if let Some(child) = measure(&compiler, genes)
            && child.ms > found[parent].ms
        {
            found[parent] = child;
        }
    }
    found.sort_by(by_time);
    println!("{tried} mixtures");
    found.iter().take(10).for_each(show);
    Ok(())
}
