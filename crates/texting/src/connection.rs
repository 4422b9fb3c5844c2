//! Staying connected: by TCP or TLS, bound, and again when it was lost.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::session::{self, Session};
use crate::{News, Request, Server, Unsent};

/// How long connecting and binding may take.
const REACH: Duration = Duration::from_secs(15);
/// Waits between attempts; the last one repeats.
const WAITS: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(30),
];

/// Both directions of a connection.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Stays connected until nobody sends any more.
pub(crate) async fn stay(server: Arc<Server>, mut requests: mpsc::Receiver<Request>, news: mpsc::Sender<News>) {
    let mut failures = 0;
    loop {
        let why = match bound(&server).await {
            Ok(session) => {
                tracing::info!(%server, "connected to the SMSC");
                failures = 0;
                // Whoever has no time for it hears of the connection when the next message is due.
                let _ = news.try_send(News::Connected);
                match session::run(session, &server, &mut requests, &news).await {
                    Some(why) => why,
                    None => return,
                }
            }
            Err(why) => why,
        };
        tracing::warn!(%server, why, "no connection to the SMSC");
        let wait = WAITS.get(failures).or(WAITS.last()).copied().unwrap_or(REACH);
        failures += 1;
        if !refuse(&server, &why, &mut requests, wait).await {
            return;
        }
    }
}

/// Answers whoever asks for a while that there is no connection; false when nobody will ask any more.
async fn refuse(server: &Server, why: &str, requests: &mut mpsc::Receiver<Request>, wait: Duration) -> bool {
    let pause = sleep(wait);
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause => return true,
            request = requests.recv() => {
                let Some(request) = request else { return false };
                let _ = request.answer.send(Err(Unsent::Later(format!("{server}: {why}"))));
            }
        }
    }
}

async fn bound(server: &Server) -> Result<Session, String> {
    let bound = async {
        let wire = connect(server).await.map_err(|error| error.to_string())?;
        Session::bind(wire, server).await
    };
    timeout(REACH, bound).await.unwrap_or_else(|_| Err("it did not answer in time".to_owned()))
}

async fn connect(server: &Server) -> io::Result<Box<dyn Wire>> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
    // A part is one small packet, and its answer is waited for.
    stream.set_nodelay(true)?;
    if !server.tls {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(server.host.clone()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(trusting_the_machine()?).connect(name, stream).await?))
}

/// TLS with the certificates that this machine trusts.
fn trusting_the_machine() -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
