//! The functions of `wit/world.wit`, as methods of the trait that wit-bindgen generates.

#[cfg(target_arch = "wasm32")]
mod random;

wit_bindgen::generate!({ path: "wit" });

struct Functions;

impl Guest for Functions {
    fn slugify(text: String) -> String {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_ascii_lowercase()
    }
}

export!(Functions);
