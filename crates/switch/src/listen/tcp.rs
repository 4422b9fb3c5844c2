//! Listening sockets, and connections from them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::connection::{Line, Shared};
use super::stream::Transport;

/// Connections the kernel completes before we take them.
const BACKLOG: i32 = 1024;
/// How long to wait when the system has no descriptor for another connection.
const BREATH: Duration = Duration::from_millis(100);
/// A peer that vanished without a word is found out after about this and four times [`PROBE`].
const SILENCE: Duration = Duration::from_secs(60);
/// Between two probes.
const PROBE: Duration = Duration::from_secs(15);

/// A listening socket.
pub(super) struct Bound {
    listener: TcpListener,
    transport: Transport,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Bound {
    /// Must be called within a runtime. IPv6 sockets take IPv6 only, as for UDP.
    pub(super) fn bind(transport: Transport, address: SocketAddr) -> io::Result<Self> {
        let domain = if address.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // A restart must not wait for the old process's connections to time out.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into())?;
        let address = listener.local_addr()?;
        Ok(Self { listener, transport, address })
    }
}

/// Takes connections for ever, each into a task of its own.
pub(super) async fn accept<F>(bound: Bound, shared: Arc<Shared>, serve: impl Fn(TcpStream, Line) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        let (socket, remote) = match bound.listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_peer(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, address = %bound.address, "no connection can be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Some(place) = shared.places.take(remote.ip()) else {
            metrics::counter!("ringwerk_connections_refused_total").increment(1);
            continue;
        };
        let Ok(local) = prepare(&socket) else { continue };
        let line = Line::new(Arc::clone(&shared), bound.transport, [local, remote], place);
        let control = line.control();
        let served = serve(socket, line);
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = control.doomed.notified() => {}
                ended = served => if let Err(error) = ended {
                    tracing::debug!(%remote, %error, "connection ended");
                }
            }
        });
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn prepare(socket: &TcpStream) -> io::Result<SocketAddr> {
    socket.set_nodelay(true)?;
    let keepalive = socket2::TcpKeepalive::new().with_time(SILENCE).with_interval(PROBE).with_retries(4);
    socket2::SockRef::from(socket).set_tcp_keepalive(&keepalive)?;
    socket.local_addr()
}
