//! The HTTP listener: who may connect, how long a request may take to arrive, who is at the other end.
//!
//! Connections are bounded in all and from one address; a head that trickles in is cut off. TLS is left to the
//! web server in front, as docs/operations says.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower_service::Service;

/// What one listener bears.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address. Proxies that are trusted do not count.
    pub per_source: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long requests that are under way may take when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4_000, per_source: 200, head: Duration::from_secs(10), drain: Duration::from_secs(10) }
    }
}

/// Answers requests until `stop` turns true; then finishes those under way.
///
/// `proxies` are believed when they say in `X-Forwarded-For` whom they speak for.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Vec<IpAddr>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let sources = Arc::new(Mutex::new(Sources::default()));
    let proxies: Arc<[IpAddr]> = proxies.into();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, usually. Trying again at once would spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let trusted = proxies.contains(&peer.ip().to_canonical());
        let Some(seat) = Seat::take(
            &sources,
            peer.ip(),
            if trusted { limits.connections } else { limits.per_source },
            limits.connections,
        ) else {
            metrics::counter!("ringwerk_http_connections_refused_total").increment(1);
            continue;
        };
        let connection = graceful.watch(connection(stream, peer, router.clone(), trusted, limits.head));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(seat);
        });
    }
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time to finish them was over");
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    trusted: bool,
    head: Duration,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    // Answers are written whole; waiting for more to send would only add latency.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        let source = if trusted { forwarded(request.headers()).unwrap_or(peer) } else { peer };
        request.extensions_mut().insert(ConnectInfo(source));
        router.clone().call(request)
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), service)
}

/// The address a trusted proxy speaks for: the last one, since all before it were written by the client.
fn forwarded(headers: &HeaderMap) -> Option<SocketAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
    last.parse().ok().or_else(|| Some(SocketAddr::new(last.trim_matches(['[', ']']).parse().ok()?, 0)))
}

/// How many connections each address holds. At most as many entries as there are connections.
#[derive(Debug, Default)]
struct Sources {
    all: usize,
    each: BTreeMap<IpAddr, usize>,
}

/// One connection's place among its address's connections.
struct Seat {
    sources: Arc<Mutex<Sources>>,
    ip: IpAddr,
}

impl Seat {
    fn take(sources: &Arc<Mutex<Sources>>, ip: IpAddr, per_source: usize, in_all: usize) -> Option<Self> {
        let mut held = sources.lock();
        let own = held.each.get(&ip).copied().unwrap_or(0);
        if own >= per_source || held.all >= in_all {
            return None;
        }
        held.each.insert(ip, own + 1);
        held.all += 1;
        Some(Self { sources: Arc::clone(sources), ip })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.sources.lock();
        held.all = held.all.saturating_sub(1);
        let left = held.each.get(&self.ip).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            held.each.remove(&self.ip);
        } else {
            held.each.insert(self.ip, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use axum::routing::get;

    use super::*;

    async fn start(
        limits: Limits,
        proxies: Vec<IpAddr>,
    ) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.77.11:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let router =
            Router::new().route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()));
        (address, stop, tokio::spawn(serve(listener, router, proxies, limits, stopped)))
    }

    /// Sends `text` and reads until the other side closes.
    async fn exchange(address: SocketAddr, text: &'static str) -> String {
        tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn the_other_end_is_known_and_a_proxy_is_believed_only_when_trusted() {
        const ASK: &str =
            "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.9, 198.51.100.7\r\nConnection: close\r\n\r\n";
        let (address, _stop, _task) = start(Limits::default(), vec![]).await;
        assert!(exchange(address, ASK).await.ends_with("127.0.0.1"));
        let (address, _stop, _task) = start(Limits::default(), vec!["127.0.0.1".parse().unwrap()]).await;
        assert!(exchange(address, ASK).await.ends_with("198.51.100.7"));
    }

    #[tokio::test]
    async fn a_head_that_trickles_in_is_cut_off() {
        let limits = Limits { head: Duration::from_millis(50), ..Limits::default() };
        let (address, _stop, _task) = start(limits, vec![]).await;
        assert!(!exchange(address, "GET / HTTP/1.1\r\nHo").await.contains("200"));
    }

    #[tokio::test]
    async fn one_address_cannot_take_all_connections() {
        let (address, _stop, _task) = start(Limits { per_source: 1, ..Limits::default() }, vec![]).await;
        let mut first = std::net::TcpStream::connect(address).unwrap();
        first.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let first = tokio::task::spawn_blocking(move || {
            first.read_exact(&mut [0; 12]).unwrap();
            first
        });
        let first = first.await.unwrap();
        assert_eq!(exchange(address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await, "");
        drop(first);
    }

    #[tokio::test]
    async fn stopping_closes_what_waits() {
        let (address, stop, task) = start(Limits::default(), vec![]).await;
        let idle = tokio::net::TcpStream::connect(address).await.unwrap();
        stop.send(true).unwrap();
        task.await.unwrap();
        assert!(TcpListener::bind(address).await.is_ok());
        drop(idle);
    }
}
