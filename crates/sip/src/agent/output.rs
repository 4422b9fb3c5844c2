//! What an agent tells its user.

use bytes::Bytes;

use super::arena::Key;
use super::path::Path;
use crate::message::{Request, Response};

/// Names a request that was received and waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(pub(super) Key);

/// Names a request that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub(super) Key);

/// What is to be done, or has happened. Drained with [`super::Agent::poll`] after everything the agent is told.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// Over which way.
        path: Path,
        /// A whole message.
        bytes: Bytes,
    },
    /// A request came, for the first time. Answer it with [`super::Agent::respond`] or [`super::Agent::respond_once`];
    /// an INVITE within 200 ms, with a 100 if with nothing better (RFC 3261 section 17.2.1).
    Request {
        /// Names it.
        key: ServerKey,
        /// The way it came.
        path: Path,
        /// The request. Its source is noted.
        request: Request,
    },
    /// The first ACK of an INVITE that was answered 2xx.
    Ack {
        /// The INVITE.
        key: ServerKey,
        /// The way the ACK came.
        path: Path,
        /// The ACK; its body is an answer if the 2xx carried the offer.
        request: Request,
    },
    /// An INVITE without a final answer was cancelled. The CANCEL is answered; the INVITE is to be answered 487.
    Cancelled {
        /// The INVITE.
        key: ServerKey,
        /// The CANCEL, perhaps with a Reason (RFC 3326).
        request: Request,
    },
    /// A response to a request that was sent. Any number of 1xx, then one final; an INVITE may be answered 2xx by
    /// several parties, each of which wants its [`super::Agent::ack`].
    Response {
        /// The request.
        key: ClientKey,
        /// The response. Retransmissions are not told.
        response: Response,
    },
    /// No final response came in time: the same as a 408 for everything that follows.
    TimedOut {
        /// The request; its key is no longer good.
        key: ClientKey,
    },
    /// The connection a request was sent over is gone: the same as a 503 (RFC 3261 section 8.1.3.1).
    TransportFailed {
        /// The request; its key is no longer good.
        key: ClientKey,
    },
    /// A request can no longer be answered, or its answer was never acknowledged.
    ServerGone {
        /// The request; its key is no longer good.
        key: ServerKey,
        /// What happened.
        why: Gone,
    },
    /// Something came that is no proper SIP message. Was answered, if it could be.
    Malformed {
        /// The way it came.
        path: Path,
        /// What is wrong with it, without any of its bytes.
        reason: &'static str,
    },
}

/// Why a server transaction ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// An INVITE was answered 2xx and no ACK came within 64·T1: end the session with a BYE (RFC 3261 section 13.3.1.4).
    SuccessUnacknowledged,
    /// An INVITE was answered 300–699 and no ACK came within 64·T1. Nothing is left to do.
    FailureUnacknowledged,
    /// A request other than INVITE was not answered within 64·T1; its sender has given up.
    TooLate,
    /// The connection it came over is gone before it was answered.
    PathClosed,
}
