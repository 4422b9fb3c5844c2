//! The value of an Authorization or Proxy-Authorization header (RFC 7616 section 3.4, RFC 3261 section 20.7).

use super::Algorithm;

/// Digest credentials as the client wrote them, borrowed from the header.
///
/// Quoted values are what stands between the quotes, escapes untouched: that is what clients hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Who it claims to be.
    pub username: &'a str,
    /// The protection space the password belongs to.
    pub realm: &'a str,
    /// The nonce it answers.
    pub nonce: &'a str,
    /// The digest URI.
    pub uri: &'a str,
    /// The proof.
    pub response: &'a str,
    /// The algorithm, MD5 when none is named; `None` when it is one that is not supported.
    pub algorithm: Option<Algorithm>,
    /// The quality of protection; `None` in the style of RFC 2069.
    pub qop: Option<&'a str>,
    /// How often the nonce was used, eight hexadecimal digits; empty when missing.
    pub nc: &'a str,
    /// The client's nonce; empty when missing.
    pub cnonce: &'a str,
}

/// It carries no secret, but a response lets its reader try passwords at leisure.
impl std::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorization")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl<'a> Authorization<'a> {
    /// Reads one header value. `None` when it is not Digest, lacks what every digest has, or cannot be read: all of
    /// these count as a request without credentials and are answered with a challenge.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let parameters = strip_scheme(value)?;
        let mut credentials = Self {
            username: "",
            realm: "",
            nonce: "",
            uri: "",
            response: "",
            algorithm: Some(Algorithm::Md5),
            qop: None,
            nc: "",
            cnonce: "",
        };
        for parameter in Parameters(parameters) {
            let (name, value) = parameter?;
            // A parameter that stands twice would let two readers see two different things.
            let field = match_name(name, &mut credentials, value)?;
            if let Some(field) = field {
                if !field.is_empty() {
                    return None;
                }
                *field = value;
            }
        }
        let complete = ![credentials.username, credentials.nonce, credentials.uri, credentials.response].contains(&"");
        complete.then_some(credentials)
    }

    /// The credentials for `realm` among several header values (RFC 3261 section 22.3).
    pub fn find(values: impl IntoIterator<Item = &'a str>, realm: &str) -> Option<Self> {
        values.into_iter().filter_map(Self::parse).find(|credentials| credentials.realm == realm)
    }
}

/// The field a parameter is kept in. The inner `None` is for those kept otherwise or not at all.
fn match_name<'s, 'a>(
    name: &str,
    credentials: &'s mut Authorization<'a>,
    value: &'a str,
) -> Option<Option<&'s mut &'a str>> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    Some(Some(if is("username") {
        &mut credentials.username
    } else if is("realm") {
        &mut credentials.realm
    } else if is("nonce") {
        &mut credentials.nonce
    } else if is("uri") {
        &mut credentials.uri
    } else if is("response") {
        &mut credentials.response
    } else if is("nc") {
        &mut credentials.nc
    } else if is("cnonce") {
        &mut credentials.cnonce
    } else {
        if is("algorithm") {
            credentials.algorithm = Algorithm::parse(value);
        } else if is("qop") {
            if credentials.qop.is_some() {
                return None;
            }
            credentials.qop = Some(value);
        }
        return Some(None);
    }))
}

/// What follows the scheme when that is `Digest`.
pub(super) fn strip_scheme(value: &str) -> Option<&str> {
    let value = value.trim_ascii_start();
    let (scheme, rest) = value.split_once([' ', '\t', '\r', '\n'])?;
    scheme.eq_ignore_ascii_case("Digest").then_some(rest)
}

/// Iterates over `name=value` and `name="value"`, separated by commas. An item that cannot be read is `None` and the last.
pub(super) struct Parameters<'a>(pub &'a str);

impl<'a> Iterator for Parameters<'a> {
    type Item = Option<(&'a str, &'a str)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([',', ' ', '\t', '\r', '\n']);
        if rest.is_empty() {
            return None;
        }
        match next_parameter(rest) {
            Some((name, value, rest)) => {
                self.0 = rest;
                Some(Some((name, value)))
            }
            None => {
                self.0 = "";
                Some(None)
            }
        }
    }
}

fn next_parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_ascii_end();
    let rest = rest.trim_ascii_start();
    if name.is_empty() || name.contains([' ', ',', '"', '\t']) {
        return None;
    }
    let (value, rest) = if let Some(quoted) = rest.strip_prefix('"') {
        let end = closing_quote(quoted)?;
        (quoted.get(..end)?, quoted.get(end + 1..)?)
    } else {
        let end = rest.find(',').unwrap_or(rest.len());
        (rest.get(..end)?.trim_ascii_end(), rest.get(end..)?)
    };
    let rest = rest.trim_ascii_start();
    (rest.is_empty() || rest.starts_with(',')).then_some((name, value, rest))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(index),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WHOLE: &str = "Digest username=\"1234567e0\",realm=\"perf.test\", nonce=\"abc\" ,uri=\"sip:perf.test\",\
                         response=\"00ff\",algorithm=SHA-256,qop=auth,nc=00000001,cnonce=\"0a4f113b\"";

    #[test]
    fn all_parameters_are_read() {
        let read = Authorization::parse(WHOLE).unwrap();
        assert_eq!((read.username, read.realm, read.nonce), ("1234567e0", "perf.test", "abc"));
        assert_eq!((read.uri, read.response, read.nc), ("sip:perf.test", "00ff", "00000001"));
        assert_eq!((read.algorithm, read.qop, read.cnonce), (Some(Algorithm::Sha256), Some("auth"), "0a4f113b"));
    }

    #[test]
    fn names_and_schemes_have_no_case_and_values_may_be_quoted_or_not() {
        let read = Authorization::parse(
            "DIGEST USERNAME=\"a\", Nonce=\"n\", URI=\"sip:x\", Response=\"r\", QOP=\"auth\", NC=\"1\", algorithm=\"md5\"",
        )
        .unwrap();
        assert_eq!((read.username, read.qop, read.nc, read.algorithm), ("a", Some("auth"), "1", Some(Algorithm::Md5)));
    }

    #[test]
    fn an_unsupported_algorithm_is_not_taken_for_md5() {
        let read = Authorization::parse(&WHOLE.replace("SHA-256", "MD5-sess")).map(|read| read.algorithm);
        assert_eq!(read, Some(None));
    }

    #[test]
    fn commas_and_escaped_quotes_may_stand_in_quoted_values() {
        let read = Authorization::parse(r#"Digest username="a,\"b", nonce="n", uri="sip:x", response="r""#).unwrap();
        assert_eq!(read.username, r#"a,\"b"#);
    }

    #[test]
    fn anything_else_counts_as_no_credentials() {
        for value in [
            "",
            "Digest",
            "NoOneKnowsThisScheme opaque-data=here",
            "Basic dXNlcjpwYXNz",
            "Digest username=\"a\"",
            "Digest username=\"a, nonce=\"n\"",
            "Digest username=\"a\" nonce=\"n\", uri=\"u\", response=\"r\"",
            "Digest username=\"a\", username=\"b\", nonce=\"n\", uri=\"u\", response=\"r\"",
            "Digest username=\"a\", nonce=\"n\", uri=\"u\", response=\"r\", qop=auth, qop=auth",
            "Digest =\"a\", nonce=\"n\", uri=\"u\", response=\"r\"",
        ] {
            assert_eq!(Authorization::parse(value), None, "{value}");
        }
    }

    #[test]
    fn the_own_realm_is_found_among_several() {
        let other = WHOLE.replace("perf.test", "other.test");
        let found = Authorization::find([other.as_str(), "Basic x", WHOLE], "perf.test").unwrap();
        assert_eq!(found.realm, "perf.test");
        assert_eq!(Authorization::find([other.as_str()], "perf.test"), None);
    }

    #[test]
    fn debug_does_not_show_the_response() {
        assert!(!format!("{:?}", Authorization::parse(WHOLE).unwrap()).contains("00ff"));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_reader_panic_or_loop(value in "(Digest )?[ -~]{0,200}", any in ".{0,100}") {
            let _ = Authorization::parse(&value);
            let _ = Authorization::parse(&format!("Digest {any}"));
            proptest::prop_assert!(Parameters(&any).count() <= any.len() + 1);
        }

        #[test]
        fn what_a_client_writes_is_read_back(username in "[a-z0-9]{1,12}", nonce in "[!#-\\[\\]-~]{1,40}", uri in "sip:[a-z.;=:@]{1,20}") {
            let mut client = super::super::Client::new(&username, "example.com", "secret");
            let challenge = format!("Digest realm=\"example.com\", nonce=\"{nonce}\", qop=\"auth,auth-int\", algorithm=SHA-256");
            client.challenged([challenge.as_str()]).unwrap();
            let value = client.authorize("INVITE", &uri, "c").unwrap();
            let read = Authorization::parse(&value).unwrap();
            proptest::prop_assert_eq!((read.username, read.nonce, read.uri), (&*username, &*nonce, &*uri));
        }
    }
}
