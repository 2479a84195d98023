//! The states of small aggregates, and how they are saved.

use crate::saved::{self, VERSION};

/// The sum of many integers cannot leave an i128.
#[derive(Default)]
pub struct Sum(i128);

impl Sum {
    pub fn step(&mut self, value: i64) {
        self.0 += i128::from(value);
    }

    pub fn unstep(&mut self, value: i64) {
        self.0 -= i128::from(value);
    }

    pub fn value(&self) -> Result<i64, String> {
        i64::try_from(self.0).map_err(|_| "bigint out of range".into())
    }

    pub fn save(&self) -> Vec<u8> {
        let mut saved = vec![VERSION];
        saved.extend(self.0.to_le_bytes());
        saved
    }

    pub fn merge(&mut self, saved: &[u8]) -> Result<(), String> {
        let bytes = saved::content(saved)?.try_into().map_err(|_| saved::malformed())?;
        let sum = self.0.checked_add(i128::from_le_bytes(bytes));
        self.0 = sum.ok_or_else(saved::malformed)?;
        Ok(())
    }
}

/// Saves a text or none: nothing, or a 0 and the text.
fn save(text: Option<&str>) -> Vec<u8> {
    let mut saved = vec![VERSION];
    if let Some(text) = text {
        saved.push(0);
        saved.extend(text.as_bytes());
    }
    saved
}

fn restore(saved: &[u8]) -> Result<Option<&str>, String> {
    match saved::content(saved)?.split_first() {
        None => Ok(None),
        Some((0, text)) => str::from_utf8(text).map(Some).map_err(|_| saved::malformed()),
        Some(_) => Err(saved::malformed()),
    }
}

/// The longest text, and how many characters it has.
#[derive(Default)]
pub struct Longest(Option<(usize, String)>);

impl Longest {
    pub fn step(&mut self, value: String) {
        let length = value.chars().count();
        let is_longer = match &self.0 {
            None => true,
            Some((most, text)) => length > *most || length == *most && value < *text,
        };
        if is_longer {
            self.0 = Some((length, value));
        }
    }

    pub fn unstep(&mut self, value: &str) -> bool {
        self.0.as_ref().is_some_and(|(_, text)| text != value)
    }

    pub fn value(&self) -> Option<&str> {
        self.0.as_ref().map(|(_, text)| &**text)
    }

    pub fn save(&self) -> Vec<u8> {
        save(self.value())
    }

    pub fn merge(&mut self, saved: &[u8]) -> Result<(), String> {
        if let Some(text) = restore(saved)? {
            self.step(text.into());
        }
        Ok(())
    }
}

/// Texts that are joined.
pub struct Joined {
    separator: String,
    text: Option<String>,
}

impl Joined {
    pub const fn new(separator: String) -> Self {
        Self { separator, text: None }
    }

    pub fn step(&mut self, value: &str) {
        match &mut self.text {
            None => self.text = Some(value.into()),
            Some(text) => {
                text.push_str(&self.separator);
                text.push_str(value);
            }
        }
    }

    pub fn value(&self) -> Option<&str> {
        self.text.as_deref()
    }

    pub fn save(&self) -> Vec<u8> {
        save(self.value())
    }

    pub fn merge(&mut self, saved: &[u8]) -> Result<(), String> {
        if let Some(text) = restore(saved)? {
            self.step(text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_an_i64() {
        let mut sum = Sum::default();
        sum.step(i64::MAX);
        sum.step(1);
        assert!(sum.value().is_err());
        let mut other = Sum::default();
        other.unstep(5);
        sum.merge(&other.save()).unwrap();
        assert_eq!(sum.value(), Ok(i64::MAX - 4));
        assert!(
            [&[][..], &[1], &[2; 17], &[1; 18]].into_iter().all(|saved| sum.merge(saved).is_err())
        );
    }

    #[test]
    fn longest_text() {
        let mut longest = Longest::default();
        assert_eq!(longest.value(), None);
        longest.merge(&Longest::default().save()).unwrap();
        assert_eq!(longest.value(), None);
        for text in ["", "ccc", "äää", "bbb", "aa"] {
            longest.step(text.into());
        }
        assert_eq!(longest.value(), Some("bbb"));
        assert!(longest.unstep("ccc"));
        assert!(!longest.unstep("bbb"));
        let mut other = Longest::default();
        other.step("aaa".into());
        longest.merge(&other.save()).unwrap();
        assert_eq!(longest.value(), Some("aaa"));
        assert!(
            [&[][..], &[1, 1], &[1, 0, 0xff]]
                .into_iter()
                .all(|saved| longest.merge(saved).is_err())
        );
    }

    #[test]
    fn joined_texts() {
        let mut joined = Joined::new(", ".into());
        assert_eq!(joined.value(), None);
        joined.step("");
        joined.step("a");
        let mut other = Joined::new(", ".into());
        other.merge(&joined.save()).unwrap();
        other.merge(&Joined::new(String::new()).save()).unwrap();
        other.merge(&joined.save()).unwrap();
        assert_eq!(other.value(), Some(", a, , a"));
    }
}
