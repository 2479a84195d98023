//! Functions of the columns that they name.

use super::row_functions::{
    Address, Article, Contact, Guest, Lockable, Posting, Tracked, Versioned,
};
use super::{Error, Triggers, error};

impl Guest for Triggers {
    fn slug(new: Article) -> Article {
        let slug = new.slug.unwrap_or_else(|| slug(&new.title));
        Article { slug: Some(slug), ..new }
    }

    fn email(new: Contact) -> Result<Contact, Error> {
        let email = new.email.trim().to_lowercase();
        let is_address = email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
        match is_address && !email.contains(char::is_whitespace) {
            true => Ok(Contact { email }),
            false => Err(Error {
                detail: Some(format!("It is \"{}\".", new.email)),
                ..error("23514", "the e-mail address is none")
            }),
        }
    }

    fn tidy_address(new: Address) -> Result<Address, Error> {
        let [street, city, postal_code, country] =
            [&new.street, &new.city, &new.postal_code, &new.country].map(|text| trimmed(text));
        let (postal_code, country) = (postal_code.to_uppercase(), country.to_uppercase());
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(error("23514", format!("the country \"{}\" is not two letters", new.country)));
        }
        let is_five_digits =
            postal_code.len() == 5 && postal_code.bytes().all(|byte| byte.is_ascii_digit());
        if matches!(country.as_str(), "DE" | "US") && !is_five_digits {
            return Err(error("23514", format!("the postal code \"{postal_code}\" is not five digits")));
        }
        Ok(Address { street, city, postal_code, country })
    }

    fn keep_previous(old: Option<Tracked>, new: Tracked) -> Tracked {
        match old {
            Some(old) if old.value != new.value => Tracked { previous: old.value, ..new },
            Some(old) => Tracked { previous: old.previous, ..new },
            None => Tracked { previous: None, ..new },
        }
    }

    fn version(old: Option<Versioned>, _: Versioned) -> Versioned {
        let before = old.and_then(|old| old.version).unwrap_or(0);
        Versioned { version: Some(before + 1) }
    }

    fn balanced(new: Vec<Posting>) -> Result<(), Error> {
        match new.iter().map(|posting| i128::from(posting.amount)).sum::<i128>() {
            0 => Ok(()),
            sum => Err(error("23514", format!("{} postings leave a balance of {sum}", new.len()))),
        }
    }

    fn keep_locked(old: Lockable) -> Option<Lockable> {
        (!old.locked).then_some(old)
    }
}

/// Returns a text with one blank between its words.
fn trimmed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for byte in title.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => slug.push(byte.into()),
            b'A'..=b'Z' => slug.push(byte.to_ascii_lowercase().into()),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}
