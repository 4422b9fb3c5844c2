//! One conversation with a mail server (RFC 5321).
//!
//! Step by step instead of in one go, because what a refusal means depends on the step: a server that refuses the
//! connection, the password or the sender refuses every letter until somebody mends the configuration, while a server
//! that refuses a recipient means this letter.

use std::fmt;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;
use types::secret::Secret;

use crate::Undelivered;

/// How long handing over one message may take, from the connection to the server's last word.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How a conversation is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 section 3), usually on port 465.
    Implicit,
    /// STARTTLS (RFC 3207), or nothing is sent.
    Required,
    /// STARTTLS if the server offers it.
    Optional,
    /// None. For a server on this machine.
    None,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Name or address; the name its certificate must have.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the conversation is kept from others.
    pub security: Security,
    /// User and password, where the server asks for them.
    pub credentials: Option<(String, Secret<String>)>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

type Smtp = lettre::transport::smtp::Error;

/// Delivers one message over a connection of its own.
pub(crate) async fn hand_over(server: &Server, message: &Message) -> Result<(), Undelivered> {
    let conversation = async {
        let mut connection = connect(server).await.map_err(|error| Undelivered::Later(words(server, &error)))?;
        converse(&mut connection, server, message).await?;
        Ok(connection)
    };
    let mut connection = match timeout(PATIENCE, conversation).await {
        Ok(taken) => taken?,
        Err(_) => return Err(Undelivered::Later(format!("{server} did not answer in time"))),
    };
    // The server has the message; that its goodbye does not come must not make it a message to send again.
    if timeout(GOODBYE, connection.quit()).await.is_err() {
        tracing::debug!(%server, "the mail server did not say goodbye");
    }
    Ok(())
}

async fn connect(server: &Server) -> Result<AsyncSmtpConnection, Smtp> {
    let hello = ClientId::default();
    let tls = || TlsParameters::new(server.host.clone());
    let implicit = if server.security == Security::Implicit { Some(tls()?) } else { None };
    let address = (server.host.as_str(), server.port);
    let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &hello, implicit, None).await?;
    let upgrade = match server.security {
        Security::Required => true,
        Security::Optional => connection.can_starttls(),
        Security::Implicit | Security::None => false,
    };
    if upgrade {
        connection.starttls(tls()?, &hello).await?;
    }
    if let Some((user, password)) = &server.credentials {
        let credentials = Credentials::new(user.clone(), password.expose().clone());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    Ok(connection)
}

async fn converse(connection: &mut AsyncSmtpConnection, server: &Server, message: &Message) -> Result<(), Undelivered> {
    let later = |error: Smtp| Undelivered::Later(words(server, &error));
    // A permanent refusal of the recipient or of the text is the last word on this letter.
    let judge = |error: Smtp| {
        if error.is_permanent() { Undelivered::Never(words(server, &error)) } else { later(error) }
    };
    let envelope = message.envelope();
    let text = message.formatted();
    let options = if text.is_ascii() || !connection.server_info().supports_feature(Extension::EightBitMime) {
        vec![]
    } else {
        vec![MailParameter::Body(MailBodyParameter::EightBitMime)]
    };
    connection.command(Mail::new(envelope.from().cloned(), options)).await.map_err(later)?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), vec![])).await.map_err(judge)?;
    }
    connection.command(Data).await.map_err(judge)?;
    connection.message(&text).await.map_err(judge)?;
    Ok(())
}

/// What happened, for the administrator: no secret is in it, and no line break of the server's.
fn words(server: &Server, error: &Smtp) -> String {
    let text = match error.status() {
        Some(code) => {
            let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{server} answered {code} {said}")
        }
        None => format!("{server}: {error}"),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect::<String>().trim().to_owned()
}
