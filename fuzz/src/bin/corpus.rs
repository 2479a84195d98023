//! Writes initial cases for fuzzing: the first seeds of the differential test.
//!
//!     cargo run --release --bin corpus -- DIRECTORY COUNT

#[path = "../../../engine/tests/differential/mod.rs"]
#[allow(dead_code)]
mod differential;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, count] = arguments.as_slice() else {
        return Err("usage: corpus DIRECTORY COUNT".into());
    };
    std::fs::create_dir_all(directory)?;
    for seed in 0..count.parse()? {
        std::fs::write(format!("{directory}/{seed}"), differential::case_of(seed))?;
    }
    Ok(())
}
