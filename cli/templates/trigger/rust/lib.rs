//! The trigger function of `wit/world.wit`, as a method of the trait that wit-bindgen generates.

#[cfg(target_arch = "wasm32")]
mod random;

wit_bindgen::generate!({ path: "wit" });

struct Functions;

impl Guest for Functions {
    fn tidy(new: Person) -> Result<Person, String> {
        match new.email.contains('@') {
            true => Ok(Person { email: new.email.to_lowercase(), edits: new.edits + 1 }),
            false => Err(format!("{} is no e-mail address", new.email)),
        }
    }
}

export!(Functions);
