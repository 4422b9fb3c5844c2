//! What the transaction layer says, and whom it concerns.

use sip::agent::{self, Gone, Path, ServerKey};
use sip::message::{Method, Request};

use super::core::LocalTag;
use super::{Engine, Output};
use crate::call::{self, Call};
use crate::registration;

impl Engine {
    /// Takes everything out of the agent and acts on it.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.core.agent.poll() {
            match output {
                agent::Output::Transmit { path, bytes } => {
                    self.core.ladders.outgoing(self.core.now, path, &bytes);
                    self.core.outputs.push_back(Output::Transmit { path, bytes });
                }
                agent::Output::Request { key, path, request } => self.request(key, path, request),
                agent::Output::Ack { key, path, request } => {
                    self.note(path, &request);
                    if let Some(call) = self.core.servers.get(&key).copied() {
                        self.with_call(call, |call, core| call.acknowledged(core, key, &request));
                    }
                }
                agent::Output::Cancelled { key, .. } => {
                    if let Some(call) = self.core.servers.get(&key).copied() {
                        self.with_call(call, |call, core| call.cancelled(core, key));
                    }
                }
                agent::Output::Response { key, response } => {
                    if let Some(call) = self.core.clients.get(&key).copied() {
                        self.with_call(call, |call, core| {
                            call.note_response(core, key, &response);
                            call.response(core, key, &response);
                        });
                    }
                }
                agent::Output::TimedOut { key } | agent::Output::TransportFailed { key } => {
                    if let Some(call) = self.core.clients.get(&key).copied() {
                        self.with_call(call, |call, core| call.unanswered(core, key));
                    }
                }
                agent::Output::ServerGone { key, why } => {
                    if let Some(call) = self.core.servers.get(&key).copied() {
                        let unacknowledged = why == Gone::SuccessUnacknowledged;
                        self.with_call(call, |call, core| call.server_gone(core, key, unacknowledged));
                    }
                }
                agent::Output::Malformed { .. } => {
                    metrics::counter!("ringwerk_sip_malformed_total").increment(1);
                }
            }
        }
    }

    fn request(&mut self, key: ServerKey, path: Path, request: Request) {
        if let Some(tag) = request.to().tag() {
            self.note(path, &request);
            let found = LocalTag::parse(tag).and_then(|tag| self.core.dialogs.get(&tag)).copied();
            match found {
                Some((call, leg)) => {
                    self.with_call(call, |call, core| call.request(core, leg, key, path, request));
                }
                None => self.core.refuse_stranger(key, &request, 481),
            }
            return;
        }
        match request.method() {
            Method::Register => registration::register(&mut self.core, key, path, request),
            Method::Invite => self.invite(key, path, request),
            Method::Options => self.core.answer_options(key, path, &request),
            Method::Subscribe => self.core.refuse_subscription(key, &request),
            // BYE, PRACK, UPDATE and INFO exist within dialogs only.
            _ => self.core.refuse_stranger(key, &request, 481),
        }
    }

    fn invite(&mut self, key: ServerKey, path: Path, request: Request) {
        let Some(admitted) = call::admit(&mut self.core, key, path, request) else { return };
        let core = &mut self.core;
        if let Some(call) = self.calls.insert_with(|call| Box::new(Call::start(core, call, admitted))) {
            self.settle(call);
        }
    }

    fn note(&mut self, path: Path, request: &Request) {
        self.core.ladders.incoming(request.call_id(), self.core.now, path, request.raw());
    }
}
