//! Header values as types, one header a file.

mod accept;
mod allow;
mod contact;
mod cseq;
mod event;
mod name_addr;
mod option_tags;
mod privacy;
mod rack;
mod reason;
mod replaces;
mod rseq;
mod session_expires;
mod subscription_state;
#[cfg(test)]
mod tests;
mod via;

pub use self::accept::accepts;
pub use self::allow::allows;
pub use self::contact::{Contact, ContactParams};
pub use self::cseq::CSeq;
pub use self::event::Event;
pub use self::name_addr::NameAddr;
pub use self::option_tags::{requires, supports, unsupported};
pub use self::privacy::Privacy;
pub use self::rack::RAck;
pub use self::reason::Reason;
pub use self::replaces::Replaces;
pub use self::rseq::RSeq;
pub use self::session_expires::{MinSe, Refresher, SessionExpires};
pub use self::subscription_state::SubscriptionState;
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
