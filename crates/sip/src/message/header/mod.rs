//! Header values as types, one header a file.

mod cseq;
mod name_addr;
mod via;

pub use self::cseq::CSeq;
pub use self::name_addr::NameAddr;
pub use self::via::{Received, Rport, Via};

use super::invalid::Invalid;
use super::name::Name;
use super::text::Text;

/// A header value that can be read; see [`super::Head::typed`] and [`super::Head::list`].
pub trait Typed: Sized {
    /// The header it belongs to.
    const NAME: Name;

    /// Reads one value.
    ///
    /// # Errors
    /// When the value breaks the header's grammar.
    fn parse(value: Text) -> Result<Self, Invalid>;
}
