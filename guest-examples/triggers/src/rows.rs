//! Functions of the columns that they name.

use super::row_functions::{Article, Contact, Guest, Lockable, Posting, Versioned};
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
