//! SIP over WebSocket (RFC 7118): one SIP message a WebSocket message.

use std::io;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use sip::message::{Framer, limits};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::connection::Line;

/// The subprotocol (RFC 7118 section 4).
const SIP: &str = "sip";
/// Bytes read at once; held by every connection.
const READ: usize = 4096;

/// Serves SIP over WebSocket until either side has enough.
pub(super) async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, mut line: Line) -> io::Result<()> {
    let times = line.times();
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * limits::MESSAGE)
        .max_message_size(Some(limits::MESSAGE))
        .max_frame_size(Some(limits::MESSAGE));
    let handshake = tokio_tungstenite::accept_hdr_async_with_config(stream, agree, Some(config));
    let mut socket = line.within_first(handshake).await?.map_err(plain)?;
    let (mut inlet, mut timer) = line.open().await;
    let mut first = true;
    loop {
        tokio::select! {
            biased;
            () = timer.as_mut() => {
                if first || !line.is_kept() {
                    return Ok(());
                }
                timer.set(sleep(times.idle));
            }
            queued = inlet.next() => {
                let Some(bytes) = queued else {
                    let _ = timeout(times.whole_message, socket.close(None)).await;
                    return Ok(());
                };
                let length = bytes.len();
                timeout(times.whole_message, socket.send(outgoing(bytes))).await?.map_err(plain)?;
                inlet.sent(length);
            }
            received = socket.next() => {
                let bytes: Bytes = match received {
                    Some(Ok(Message::Text(text))) => text.into(),
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    // Pings are answered while the next message is read (RFC 6455 section 5.5.2).
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Bytes::new(),
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Err(error)) => return Err(plain(error)),
                };
                if bytes.iter().all(|byte| b"\r\n".contains(byte)) {
                    // A keep-alive of phones that do the same as over TCP (RFC 5626 section 4.4.1).
                    if bytes.len() >= 4 {
                        let pong = Message::from(Bytes::from_static(Framer::PONG));
                        timeout(times.whole_message, socket.send(pong)).await?.map_err(plain)?;
                    }
                } else {
                    first = false;
                    line.message(bytes).await;
                }
                if !first {
                    timer.set(sleep(times.idle));
                }
            }
        }
    }
}

/// Browsers want text; only what is not UTF-8 goes as binary.
fn outgoing(bytes: Bytes) -> Message {
    match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_not_text) => Message::Binary(bytes),
    }
}

#[allow(clippy::result_large_err, reason = "the type is that of the handshake's callback")]
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let mut names = offered.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    if names.any(|name| name.trim().eq_ignore_ascii_case(SIP)) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SIP));
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some("the WebSocket subprotocol must be sip (RFC 7118)".to_owned()));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    Err(refusal)
}

fn plain(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
