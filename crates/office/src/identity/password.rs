//! Passwords: how they are hashed, and which are strong enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use types::secret::Secret;

/// Fewest characters. NIST SP 800-63B rev. 4 asks for 15 where the password is the only factor; zxcvbn
/// below sorts out what is long and still easy, so 12 is where length begins to count.
pub(crate) const MIN_CHARACTERS: usize = 12;
/// Most characters; long enough for any sentence, short enough to hash.
pub(crate) const MAX_CHARACTERS: usize = 256;
/// Memory in KiB, passes and lanes (OWASP's first choice of Argon2id).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Hashes at the same time. Each takes 19 MiB and a core for some 20 ms; the telephone exchange needs the rest.
const PARALLEL: usize = 2;
/// Hashes that may wait. Whoever comes later is sent away, so that a flood costs memory for so many only.
const WAITING: usize = 64;

/// Takes as long to refuse as a real one: what an unknown address is checked against.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cmluZ3dlcmstbm9ib2R5IQ$b0ZkSVTW5oVZ3BQ2K7qnyS0Y6xJ1mJ5cZ0pXGvYl2Xk";

/// Why a password is not strong enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    Short,
    Long,
    Guessable(String),
    /// The temporary one once more.
    Same,
}

impl Weak {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Short => "password.short",
            Self::Long => "password.long",
            Self::Guessable(_) => "password.guessable",
            Self::Same => "password.same",
        }
    }
}

impl std::fmt::Display for Weak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short => write!(f, "At least {MIN_CHARACTERS} characters; a few words make a good password."),
            Self::Long => write!(f, "At most {MAX_CHARACTERS} characters."),
            Self::Same => f.write_str("Choose another one than the temporary password."),
            Self::Guessable(why) if why.is_empty() => f.write_str("This is easy to guess."),
            Self::Guessable(why) => write!(f, "This is easy to guess. {why}"),
        }
    }
}

/// Checks a new password. `known` are words an attacker tries first: name, address, company.
pub(crate) fn check(password: &Secret<String>, known: &[&str]) -> Result<(), Weak> {
    let text = password.expose();
    let length = text.chars().count();
    if length < MIN_CHARACTERS {
        return Err(Weak::Short);
    }
    if length > MAX_CHARACTERS {
        return Err(Weak::Long);
    }
    // Its time grows steeply with the length; 100 characters tell enough.
    let head: String = text.chars().take(100).collect();
    let verdict = zxcvbn::zxcvbn(&head, known);
    if verdict.score() < zxcvbn::Score::Three {
        let why = verdict.feedback().and_then(zxcvbn::feedback::Feedback::warning).map(|why| why.to_string());
        return Err(Weak::Guessable(why.unwrap_or_default()));
    }
    Ok(())
}

/// The bounded place where hashes are computed.
#[derive(Debug)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Too many hashes wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl Default for Hasher {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(PARALLEL)), waiting: AtomicUsize::new(0) }
    }
}

impl Hasher {
    /// Hashes a password with 16 random bytes of salt.
    pub(crate) async fn hash(&self, password: Secret<String>, salt: [u8; 16]) -> Result<String, Busy> {
        self.run(move || hash(&password, salt)).await?.ok_or(Busy)
    }

    /// Whether the password belongs to the hash. Without a hash it takes the same time and says no.
    pub(crate) async fn verify(&self, password: Secret<String>, hash: Option<String>) -> Result<bool, Busy> {
        self.run(move || {
            let known = hash.is_some();
            let right = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS))
                .is_ok_and(|parsed| hasher().verify_password(password.expose().as_bytes(), &parsed).is_ok());
            right && known
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = Place::take(&self.waiting).ok_or(Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(|_| Busy)
    }
}

/// One place in the queue, given back when the request ends in whatever way.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::AcqRel) < WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Hashes on the calling thread: for commands that fill a whole database.
pub(crate) fn hash(password: &Secret<String>, salt: [u8; 16]) -> Option<String> {
    let hash: PasswordHash = hasher().hash_password_with_salt(password.expose().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

fn hasher() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn what_is_short_or_easy_is_refused() {
        assert_eq!(check(&secret("tulip7,Kahn"), &[]), Err(Weak::Short));
        assert_eq!(check(&secret(&"ab9!".repeat(65)), &[]), Err(Weak::Long));
        for easy in ["password1234", "123456789012", "aaaaaaaaaaaaaaaa"] {
            assert!(matches!(check(&secret(easy), &[]), Err(Weak::Guessable(_))), "{easy}");
        }
        assert!(matches!(check(&secret("muellergmbh1"), &["muellergmbh"]), Err(Weak::Guessable(_))));
        assert_eq!(check(&secret("drei Kamele im Aufzug"), &[]), Ok(()));
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_only() {
        let hasher = Hasher::default();
        let hash = hasher.hash(secret("drei Kamele im Aufzug"), [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(secret("drei Kamele im Aufzug"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(secret("drei Kamele im aufzug"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_is_checked_as_thoroughly_as_somebody() {
        assert!(PasswordHash::new(NOBODYS).is_ok_and(|parsed| parsed.hash.is_some() && parsed.salt.is_some()));
        assert!(!Hasher::default().verify(secret("anything"), None).await.unwrap());
    }
}
