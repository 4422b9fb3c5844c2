//! One side of a call: a dialog, the way to the phone, and the session descriptions that went to and fro.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sip::agent::{Body, Path};
use sip::dialog::Dialog;
use sip::message::header::allows;
use sip::message::{Head, Method, Name};
use types::ids::DeviceId;

use super::liveness::LegTimer;
use crate::engine::core::{Core, LocalTag};

/// The media type of session descriptions.
pub(super) const SDP: &str = "application/sdp";

/// See the module's text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leg {
    pub dialog: Dialog,
    /// The phone on this side.
    pub device: DeviceId,
    pub path: Path,
    /// The session description sent last.
    #[serde(with = "text")]
    pub sent: Option<Bytes>,
    /// The session description that came last.
    #[serde(with = "text")]
    pub heard: Option<Bytes>,
    /// It takes UPDATE (RFC 3311).
    pub updates: bool,
    pub timer: LegTimer,
    /// It ended the call, or was told that the call ended.
    #[serde(skip)]
    pub gone: bool,
}

impl Leg {
    pub fn new(dialog: Dialog, device: DeviceId, path: Path) -> Self {
        let timer = LegTimer::default();
        Self { dialog, device, path, sent: None, heard: None, updates: false, timer, gone: false }
    }

    /// Our tag in it.
    pub fn tag(&self) -> Option<LocalTag> {
        LocalTag::parse(self.dialog.id().local_tag())
    }

    /// Takes note of what a message of the phone says it can do.
    pub fn learn(&mut self, message: &Head) {
        if message.has(Name::Allow) {
            self.updates = allows(message, &Method::Update);
        }
    }

    /// Ends the dialog with a BYE, once.
    pub fn hang_up(&mut self, core: &mut Core, reason: Option<&str>) {
        if std::mem::replace(&mut self.gone, true) {
            return;
        }
        let mut bye = self.dialog.request(Method::Bye);
        if let Some(reason) = reason {
            bye.header(Name::Reason, reason);
        }
        // Should there be no room for another request, the phone's session timer ends its side.
        let path = core.way_to(self);
        let _ = core.agent.request(path, bye, Body::Empty, core.now);
    }
}

/// The session description in a message, if it has one.
pub(super) fn session_of(message: &Head) -> Option<&Bytes> {
    (!message.body().is_empty() && message.is_content_type(SDP)).then(|| message.body())
}

/// Session descriptions are text; as JSON they stay readable.
mod text {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&String::from_utf8_lossy(bytes)),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Bytes::from))
    }
}
