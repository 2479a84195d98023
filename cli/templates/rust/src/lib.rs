//! The functions of `wit/world.wit`, as methods of the trait that wit-bindgen generates.

#[cfg(target_arch = "wasm32")]
mod random;

wit_bindgen::generate!({ path: "wit" });

// What a function says with this becomes a message of PostgreSQL (docs/messages.md of PL/Wasm), where 1 is the level info:
// unsafe { log(1, text.as_ptr(), text.len()) }
// #[link(wasm_import_module = "plwasm:host/log")] unsafe extern "C" { fn log(level: u32, text: *const u8, length: usize); }

struct Functions;

impl Guest for Functions {
    fn slugify(text: String) -> String {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_ascii_lowercase()
    }
}

export!(Functions);

/// A call that is made once, before any other. What it makes, such as a `LazyLock`, is there in every call: docs/once.md
/// of PL/Wasm. Rename it with the function, or remove it.
#[cfg(target_arch = "wasm32")]
#[unsafe(link_section = "plwasm:warm")]
#[used]
static WARM: [u8; 16] = *b"warm=slugify('')";
