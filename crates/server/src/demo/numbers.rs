//! Numbers for fiction, and extensions for everybody.

/// The numbers that the Bundesnetzagentur reserves for film and fiction, as `+49…`.
///
/// Five cities with a thousand numbers each: Berlin, Hamburg, Cologne, Frankfurt, Munich.
/// Ends when they are used up.
#[derive(Clone, Debug, Default)]
pub struct FictionalNumbers {
    next: u16,
}

const RANGES: [&str; 5] = ["3023125", "4066969", "2214710", "6990009", "8999998"];

impl Iterator for FictionalNumbers {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let range = RANGES.get(usize::from(self.next / 1000))?;
        let line = self.next % 1000;
        self.next += 1;
        Some(format!("+49{range}{line:03}"))
    }
}

/// `count` extension numbers, all of the shortest length at which they fit beside each other.
///
/// `allowed` says whether an extension may be used at all (the reserved ones may not).
pub fn extensions(count: usize, allowed: impl Fn(&str) -> bool) -> Vec<String> {
    for digits in 2..=6u32 {
        let found: Vec<String> = (10u32.pow(digits - 1)..10u32.pow(digits))
            .map(|number| number.to_string())
            .filter(|number| allowed(number))
            .take(count)
            .collect();
        if found.len() == count {
            return found;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_fictional_numbers_end() {
        let all: Vec<String> = FictionalNumbers::default().collect();
        assert_eq!(all.len(), 5000);
        assert_eq!(all[0], "+493023125000");
        assert_eq!(all[4999], "+498999998999");
    }

    #[test]
    fn extensions_are_as_short_as_they_can_be() {
        assert_eq!(extensions(3, |_| true), ["10", "11", "12"]);
        assert_eq!(extensions(100, |_| true).first().map(String::as_str), Some("100"));
        assert_eq!(extensions(100_000, |number| !number.starts_with("110")).len(), 100_000);
    }
}
