//! The genes of a module, from which its text is written.

use crate::idioms::IDIOMS;
use arbitrary::Unstructured;
use plwasm_engine::is_quick;

/// A module of equal functions. Each idiom is within the one before it.
#[derive(Debug, Clone)]
pub(crate) struct Genes {
    /// The number of functions.
    pub functions: usize,
    /// The number of locals of each function.
    pub locals: usize,
    /// The number of parameters and results of `$wide`.
    pub width: usize,
    /// The numbers of the idioms, and how often each is repeated.
    pub idioms: Vec<(usize, usize)>,
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

    /// Returns the binary, if the text is valid and the binary is accepted as quick.
    fn binary(&self) -> Option<Vec<u8>> {
        let binary = wat::parse_str(self.text()).ok()?;
        is_quick(&binary).then_some(binary)
    }

    /// Repeats the last idiom as often as it is accepted. Returns the genes and the binary.
    pub(crate) fn filled(mut self) -> Option<(Self, Vec<u8>)> {
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

    /// Returns the genes with one change.
    ///
    /// # Errors
    /// Too few random bytes.
    pub(crate) fn mutated(&self, random: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let mut new = self.clone();
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
}
