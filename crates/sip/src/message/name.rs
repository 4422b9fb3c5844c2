//! Header names.

use std::fmt;

/// What a relaying user agent may do with a header it did not write itself (see [`Name::role`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Belongs to one hop, transaction or dialog: every leg has its own (Via, From, CSeq, Contact, …).
    Leg,
    /// Credentials and challenges of one hop.
    Credentials,
    /// Claims about who somebody is or where a call came from. Never believed when a phone sends them.
    Identity,
    /// Describes the body; travels with the body and never without it.
    Body,
    /// Says something from end to end; may be passed on.
    EndToEnd,
}

macro_rules! names {
    ($($name:ident = $text:literal $(, $compact:literal)? : $role:ident;)*) => {
        /// A header name that Ringwerk knows, or [`Name::Other`].
        ///
        /// Names compare without case and their compact forms mean the same (RFC 3261 section 7.3.3).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Name {
            $(
                #[doc = concat!("`", $text, "`")]
                $name,
            )*
            /// Any other name; the header line itself has it.
            Other,
        }

        /// Every spelling, long and compact, with its meaning.
        const SPELLINGS: &[(&str, Name)] = &[$(($text, Name::$name), $(($compact, Name::$name),)?)*];

        impl Name {
            /// The name as Ringwerk writes it; empty for [`Name::Other`].
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "",
                }
            }

            /// What a relaying user agent may do with this header.
            #[must_use]
            pub const fn role(self) -> Role {
                match self {
                    $(Self::$name => Role::$role,)*
                    Self::Other => Role::EndToEnd,
                }
            }
        }
    };
}

names! {
    Accept = "Accept": Leg;
    AcceptContact = "Accept-Contact", "a": EndToEnd;
    AcceptEncoding = "Accept-Encoding": Leg;
    AcceptLanguage = "Accept-Language": EndToEnd;
    AlertInfo = "Alert-Info": EndToEnd;
    Allow = "Allow": Leg;
    AllowEvents = "Allow-Events", "u": Leg;
    AnswerMode = "Answer-Mode": EndToEnd;
    AuthenticationInfo = "Authentication-Info": Credentials;
    Authorization = "Authorization": Credentials;
    CallId = "Call-ID", "i": Leg;
    CallInfo = "Call-Info": EndToEnd;
    Contact = "Contact", "m": Leg;
    ContentDisposition = "Content-Disposition": Body;
    ContentEncoding = "Content-Encoding", "e": Body;
    ContentId = "Content-ID": Body;
    ContentLanguage = "Content-Language": Body;
    ContentLength = "Content-Length", "l": Body;
    ContentType = "Content-Type", "c": Body;
    CSeq = "CSeq": Leg;
    Date = "Date": Leg;
    Diversion = "Diversion": Identity;
    ErrorInfo = "Error-Info": EndToEnd;
    Event = "Event", "o": Leg;
    Expires = "Expires": Leg;
    FlowTimer = "Flow-Timer": Leg;
    From = "From", "f": Leg;
    Geolocation = "Geolocation": EndToEnd;
    HistoryInfo = "History-Info": Identity;
    Identity = "Identity", "y": Identity;
    InReplyTo = "In-Reply-To": Leg;
    InfoPackage = "Info-Package": EndToEnd;
    Join = "Join": Leg;
    MaxForwards = "Max-Forwards": Leg;
    MimeVersion = "MIME-Version": Body;
    MinExpires = "Min-Expires": Leg;
    MinSe = "Min-SE": Leg;
    Organization = "Organization": EndToEnd;
    PAccessNetworkInfo = "P-Access-Network-Info": Identity;
    PAssertedIdentity = "P-Asserted-Identity": Identity;
    PAssociatedUri = "P-Associated-URI": Identity;
    PCalledPartyId = "P-Called-Party-ID": Identity;
    PChargingVector = "P-Charging-Vector": Identity;
    PPreferredIdentity = "P-Preferred-Identity": Identity;
    Path = "Path": Leg;
    Priority = "Priority": EndToEnd;
    Privacy = "Privacy": Identity;
    ProxyAuthenticate = "Proxy-Authenticate": Credentials;
    ProxyAuthenticationInfo = "Proxy-Authentication-Info": Credentials;
    ProxyAuthorization = "Proxy-Authorization": Credentials;
    ProxyRequire = "Proxy-Require": Leg;
    RAck = "RAck": Leg;
    RSeq = "RSeq": Leg;
    Reason = "Reason": EndToEnd;
    RecordRoute = "Record-Route": Leg;
    RecvInfo = "Recv-Info": EndToEnd;
    ReferTo = "Refer-To", "r": Leg;
    ReferredBy = "Referred-By", "b": Identity;
    RejectContact = "Reject-Contact", "j": EndToEnd;
    RemotePartyId = "Remote-Party-ID": Identity;
    Replaces = "Replaces": Leg;
    ReplyTo = "Reply-To": EndToEnd;
    RequestDisposition = "Request-Disposition", "d": EndToEnd;
    Require = "Require": Leg;
    RetryAfter = "Retry-After": EndToEnd;
    Route = "Route": Leg;
    SecurityClient = "Security-Client": Leg;
    SecurityServer = "Security-Server": Leg;
    SecurityVerify = "Security-Verify": Leg;
    Server = "Server": Leg;
    ServiceRoute = "Service-Route": Leg;
    SessionExpires = "Session-Expires", "x": Leg;
    SipEtag = "SIP-ETag": Leg;
    SipIfMatch = "SIP-If-Match": Leg;
    Subject = "Subject", "s": EndToEnd;
    SubscriptionState = "Subscription-State": Leg;
    Supported = "Supported", "k": Leg;
    Timestamp = "Timestamp": Leg;
    To = "To", "t": Leg;
    Unsupported = "Unsupported": Leg;
    UserAgent = "User-Agent": Leg;
    UserToUser = "User-to-User": EndToEnd;
    Via = "Via", "v": Leg;
    Warning = "Warning": EndToEnd;
    WwwAuthenticate = "WWW-Authenticate": Credentials;
}

impl Name {
    /// The name with this spelling, long or compact, in any case.
    #[must_use]
    pub fn from_bytes(spelling: &[u8]) -> Self {
        let mut slot = hash(spelling);
        while let Some(index) = TABLE.get(slot).copied().filter(|index| *index != EMPTY) {
            if let Some((text, name)) = SPELLINGS.get(usize::from(index))
                // Nearly everybody spells names as the RFCs do, and comparing plainly is much cheaper.
                && (text.as_bytes() == spelling || text.as_bytes().eq_ignore_ascii_case(spelling))
            {
                return *name;
            }
            slot = (slot + 1) % TABLE_SIZE;
        }
        Self::Other
    }

    /// Whether a message may have this header at most once, on one line with one value.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(
            self,
            Self::From
                | Self::To
                | Self::CallId
                | Self::CSeq
                | Self::MaxForwards
                | Self::ContentLength
                | Self::ContentType
                | Self::ContentDisposition
                | Self::Expires
                | Self::MinExpires
                | Self::SessionExpires
                | Self::MinSe
                | Self::Event
                | Self::RAck
                | Self::RSeq
                | Self::ReferTo
                | Self::Replaces
                | Self::SubscriptionState
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const TABLE_SIZE: usize = 512;
const EMPTY: u8 = u8::MAX;
/// Open-addressing hash table of indexes into [`SPELLINGS`], filled by the compiler.
static TABLE: [u8; TABLE_SIZE] = fill();

/// Mixes the length with the first, middle and last letter; enough to tell nearly all names apart.
const fn hash(spelling: &[u8]) -> usize {
    const fn letter(byte: Option<&u8>) -> usize {
        match byte {
            Some(byte) => (*byte | 0x20) as usize,
            None => 0,
        }
    }
    let middle = match spelling.split_at_checked(spelling.len() / 2) {
        Some((_, rest)) => letter(rest.first()),
        None => 0,
    };
    let mixed = letter(spelling.first()) * 31 + letter(spelling.last()) * 7 + middle * 131 + spelling.len() * 17;
    mixed % TABLE_SIZE
}

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn fill() -> [u8; TABLE_SIZE] {
    assert!(SPELLINGS.len() < EMPTY as usize && SPELLINGS.len() < TABLE_SIZE / 2);
    let mut table = [EMPTY; TABLE_SIZE];
    let mut index = 0;
    while index < SPELLINGS.len() {
        let mut slot = hash(SPELLINGS[index].0.as_bytes());
        while table[slot] != EMPTY {
            slot = (slot + 1) % TABLE_SIZE;
        }
        table[slot] = index as u8;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_found_in_any_case() {
        for (text, name) in SPELLINGS {
            assert_eq!(Name::from_bytes(text.as_bytes()), *name, "{text}");
            assert_eq!(Name::from_bytes(text.to_ascii_uppercase().as_bytes()), *name, "{text}");
            assert_eq!(Name::from_bytes(text.to_ascii_lowercase().as_bytes()), *name, "{text}");
        }
        for other in ["", "Z", "Vi", "Viaa", "P-Asserted-Identit", "X-Asserted-Identity", "\u{e4}"] {
            assert_eq!(Name::from_bytes(other.as_bytes()), Name::Other, "{other}");
        }
    }

    #[test]
    fn no_name_needs_many_probes() {
        let longest = SPELLINGS.iter().map(|(text, name)| {
            let mut slot = hash(text.as_bytes());
            let mut probes = 1;
            while TABLE
                .get(slot)
                .and_then(|index| SPELLINGS.get(usize::from(*index)))
                .is_none_or(|found| found.1 != *name)
            {
                slot = (slot + 1) % TABLE_SIZE;
                probes += 1;
            }
            probes
        });
        assert!(longest.max().is_some_and(|probes| probes <= 5));
    }
}
