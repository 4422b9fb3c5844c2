//! Requests that are neither registrations nor calls.

use sip::agent::{Body, Path, ServerKey};
use sip::message::{Malformed, Name, Request};

use super::core::{Core, METHODS};
use super::{Output, stun};

impl Core {
    /// OPTIONS outside a call: what the exchange can do (RFC 3261 section 11). A stranger who cannot be told all of it
    /// in as many bytes as he sent is told that somebody is there.
    pub fn answer_options(&mut self, key: ServerKey, path: Path, request: &Request) {
        let full = |core: &Self| {
            let mut response = core.answer(request, 200);
            response
                .header(Name::Allow, METHODS.join(", "))
                .header(Name::Accept, sip::offer_answer::CONTENT_TYPE)
                .header(Name::Supported, "100rel, timer, path, outbound");
            response
        };
        self.respond_to_stranger(key, path, request, full, |core| core.answer(request, 200));
    }

    /// SUBSCRIBE: there is no event package yet, which an empty Allow-Events says (RFC 6665 section 8.3.2).
    pub fn refuse_subscription(&mut self, key: ServerKey, request: &Request) {
        let mut response = self.answer(request, 489);
        response.header(Name::AllowEvents, "");
        self.agent.respond_once(key, response, Body::Empty);
    }

    /// Refuses a request of somebody who may be anybody, and keeps nothing.
    pub fn refuse_stranger(&mut self, key: ServerKey, request: &Request, status: u16) {
        let response = self.answer(request, status);
        self.agent.respond_once(key, response, Body::Empty);
    }

    /// A keep-alive of a phone. Strangers get none: the answer is longer than the question.
    pub fn answer_stun(&mut self, path: Path, datagram: &[u8]) {
        if self.guard.is_known(path.remote.ip())
            && let Some(bytes) = stun::answer(datagram, path.remote)
        {
            self.outputs.push_back(Output::Transmit { path, bytes });
        }
    }

    /// Answers what could not be cut into messages, and gives its connection up.
    pub fn answer_malformed(&mut self, path: Path, malformed: &Malformed) {
        metrics::counter!("ringwerk_sip_malformed_total").increment(1);
        if let Some(response) = malformed.response(self.agent.fresh_tag().as_str(), path.remote) {
            self.outputs.push_back(Output::Transmit { path, bytes: response.finish() });
        }
        self.outputs.push_back(Output::Close { connection: path.connection });
    }
}
