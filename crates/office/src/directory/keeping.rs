//! What an account keeps of its calls: asked for each call that ends, so it is in memory.

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use utoipa::ToSchema;

/// What is kept of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListMode)]
pub enum Mode {
    /// Nothing.
    DoNotSave,
    /// Everything but the last three digits of outside numbers.
    Shortened,
    /// Everything.
    Complete,
}

impl Mode {
    /// As stored and as written in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DoNotSave => "doNotSave",
            Self::Shortened => "shortened",
            Self::Complete => "complete",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::DoNotSave, Self::Shortened, Self::Complete].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// What is kept now, and from when on something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// `None` as long as nobody has chosen: everything is kept for those who took part, and for nobody else.
    pub(crate) mode: Option<Mode>,
    pub(crate) then: Option<(Mode, Timestamp)>,
}

impl Keeping {
    /// What is kept of a call that ends at a moment.
    pub(crate) fn at(&self, moment: Timestamp) -> Option<Mode> {
        self.then.filter(|(_, from)| *from <= moment).map(|(mode, _)| mode).or(self.mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_kept_from_its_day_on() {
        let keeping = Keeping { mode: Some(Mode::DoNotSave), then: Some((Mode::Complete, Timestamp(10))) };
        assert_eq!(keeping.at(Timestamp(9)), Some(Mode::DoNotSave));
        assert_eq!(keeping.at(Timestamp(10)), Some(Mode::Complete));
        assert_eq!(Keeping::default().at(Timestamp(0)), None);
        for mode in [Mode::DoNotSave, Mode::Shortened, Mode::Complete] {
            assert_eq!(Mode::from_stored(mode.as_str()), Some(mode));
        }
        assert!(Mode::DoNotSave < Mode::Shortened && Mode::Shortened < Mode::Complete);
    }
}
