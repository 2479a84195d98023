//! The exports of `wit/text.wit`. wit-bindgen writes the ABI and `arena` has the memory: what is
//! unsafe is there, and the functions themselves never see a pointer.

mod arena;
mod ascii;
mod levenshtein;

wit_bindgen::generate!("text");

struct Text;

impl Guest for Text {
    fn slugify(text: String) -> String {
        ascii::slugify(&text)
    }

    fn soundex(text: String) -> String {
        ascii::soundex(&text)
    }

    fn upper(text: String) -> String {
        ascii::upper(text)
    }

    fn levenshtein(a: String, b: String) -> i32 {
        levenshtein::levenshtein(&a, &b)
    }
}

export!(Text);
