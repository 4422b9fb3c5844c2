//! What the exchange is to do. Everything a [`crate::Walk`] wants done is one of these, returned and never performed here.

use types::clock::Tick;
use types::e164::E164;
use types::ids::{DeviceId, LocationId};

use crate::flow::{Destination, RingDevice};
use crate::rejection::Rejection;

/// One thing to do. The last step of a call is [`Step::Reject`] or [`Step::End`], exactly one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Call these phones. None of them is ringing.
    Ring {
        /// The phones.
        devices: Vec<RingDevice>,
        /// When they will be told to stop, unless they go on ringing in the next step.
        until: Tick,
    },
    /// End the ringing of these phones. All of them are ringing.
    StopRinging {
        /// The phones.
        devices: Vec<DeviceId>,
        /// Tell them that the call was answered elsewhere, so that they do not show a missed call (RFC 3326).
        answered_elsewhere: bool,
    },
    /// Place the call outside.
    Outside {
        /// Where to.
        destination: Destination,
        /// The number to show.
        caller_number: Option<E164>,
        /// Where the caller works, for emergency services.
        location: Option<LocationId>,
    },
    /// Give the outside up: cancel the call there.
    StopOutside,
    /// Connect the caller with who answered.
    Bridge {
        /// Who answered.
        to: Leg,
    },
    /// Refuse the caller's call.
    Reject {
        /// Why; [`Rejection::status`] says how.
        reason: Rejection,
    },
    /// The call is over: tidy up.
    End,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// A phone of the account.
    Device {
        /// The phone.
        device: DeviceId,
    },
    /// The other side of the call that was placed outside.
    Outside,
}
