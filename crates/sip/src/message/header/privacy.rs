//! Privacy (RFC 3323, RFC 3325).

use super::Typed;
use crate::message::grammar::trim;
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::text::Text;

/// Which parts of an identity the sender wants hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// `id`: the asserted identity stays inside the trust domain (RFC 3325 section 9.3).
    pub id: bool,
    /// `header`: headers that show who it is are hidden by the network.
    pub header: bool,
    /// `session`: media addresses are hidden.
    pub session: bool,
    /// `user`: the network does what the user agent could not do.
    pub user: bool,
    /// `history`: History-Info is hidden (RFC 7044).
    pub history: bool,
    /// `none`: nothing is to be hidden, whatever the default is.
    pub none: bool,
    /// `critical`: fail rather than show.
    pub critical: bool,
}

impl Privacy {
    /// Whether the callee must not learn who calls.
    #[must_use]
    pub const fn is_anonymous(self) -> bool {
        !self.none && (self.id || self.header || self.user)
    }
}

impl Typed for Privacy {
    const NAME: Name = Name::Privacy;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let mut privacy = Self::default();
        for word in value.split([';', ',']).map(trim) {
            match word.to_ascii_lowercase().as_str() {
                "id" => privacy.id = true,
                "header" => privacy.header = true,
                "session" => privacy.session = true,
                "user" => privacy.user = true,
                "history" => privacy.history = true,
                "none" => privacy.none = true,
                "critical" => privacy.critical = true,
                "" => return Err(Invalid("the Privacy has an empty value")),
                _ => {}
            }
        }
        Ok(privacy)
    }
}
