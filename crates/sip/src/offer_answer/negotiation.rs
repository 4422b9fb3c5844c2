//! Who may offer and who must answer, in which message (RFC 3264 section 8, RFC 6337 section 2).

use std::fmt;

use bytes::Bytes;

/// One side of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Ringwerk.
    Local,
    /// The phone.
    Remote,
}

/// A message of a dialog that may carry a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// INVITE, the first or a later one.
    Invite,
    /// A provisional response to INVITE without 100rel.
    Provisional,
    /// A provisional response to INVITE that will be acknowledged by PRACK.
    ReliableProvisional,
    /// 2xx to INVITE.
    InviteSuccess,
    /// 300 and above to INVITE.
    InviteFailure,
    /// ACK of a 2xx.
    Ack,
    /// PRACK.
    Prack,
    /// 2xx to PRACK.
    PrackSuccess,
    /// UPDATE.
    Update,
    /// 2xx to UPDATE.
    UpdateSuccess,
    /// 300 and above to UPDATE.
    UpdateFailure,
}

/// What a message means for the negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    Nothing,
    /// Its description is an offer; the other side owes an answer.
    Offer,
    /// Its description is the answer: both are in force now.
    Answer,
    /// Its description tells the answer early but unreliably; the real one follows, the same (RFC 6337
    /// section 3.1.1). Good for early media.
    Preview,
    /// Its description repeats what was settled before and is to be ignored (RFC 3261 section 13.2.1).
    Repetition,
    /// The offer is off; what was agreed before stays in force.
    Withdrawal,
}

/// A message that breaks the rules of offer and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An offer while an offer from the other side is open: 491 (RFC 3261 section 14.2, RFC 3311 section 5.2).
    Glare,
    /// An offer while an earlier one from the same side is open: 500 with Retry-After.
    Overlap,
    /// The offer or answer that this message must carry is missing.
    Missing,
}

impl Violation {
    /// The status that refuses a request which breaks the rules. A response that does ends the call.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Glare => 491,
            Self::Overlap => 500,
            Self::Missing => 400,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Glare => "both sides make an offer at once",
            Self::Overlap => "there is an offer before the last one is answered",
            Self::Missing => "an offer or answer is missing",
        })
    }
}

impl std::error::Error for Violation {}

/// The offers and answers of one dialog, seen from Ringwerk.
///
/// Feed it every message that may carry a description, in the order sent or received, retransmissions left
/// out. After a [`Violation`] the state is as before the message.
#[derive(Clone, Debug, Default)]
pub struct Negotiation {
    open: Option<Open>,
    /// Set while an INVITE without offer waits for the other side to make one.
    late: Option<Side>,
    /// Set once the INVITE transaction has had its offer and answer.
    settled: bool,
    local: Option<Bytes>,
    remote: Option<Bytes>,
}

/// An offer without an answer yet.
#[derive(Clone, Debug)]
struct Open {
    by: Side,
    carrier: Carrier,
    description: Bytes,
}

impl Negotiation {
    /// Nothing agreed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Taken up again after a restart, with what was in force.
    #[must_use]
    pub fn restored(local: Bytes, remote: Bytes) -> Self {
        Self { settled: true, local: Some(local), remote: Some(remote), ..Self::default() }
    }

    /// What Ringwerk last agreed to on its side.
    #[must_use]
    pub const fn local(&self) -> Option<&Bytes> {
        self.local.as_ref()
    }

    /// What the phone last agreed to on its side.
    #[must_use]
    pub const fn remote(&self) -> Option<&Bytes> {
        self.remote.as_ref()
    }

    /// The open offer and who made it.
    #[must_use]
    pub fn open_offer(&self) -> Option<(Side, &Bytes)> {
        self.open.as_ref().map(|open| (open.by, &open.description))
    }

    /// Whether `side` may make an offer now.
    #[must_use]
    pub const fn may_offer(&self) -> bool {
        self.open.is_none() && self.late.is_none()
    }

    /// Takes the next message that `by` sent, with its description if it has one.
    ///
    /// # Errors
    /// When the message breaks the rules.
    pub fn take(&mut self, by: Side, carrier: Carrier, description: Option<&Bytes>) -> Result<Meaning, Violation> {
        match (carrier, description) {
            (Carrier::Invite, None) => {
                self.check_no_offer(by)?;
                self.late = Some(by);
                self.settled = false;
                Ok(Meaning::Nothing)
            }
            (Carrier::Invite | Carrier::Update, Some(description)) => {
                let meaning = self.make_offer(by, carrier, description)?;
                self.settled &= carrier != Carrier::Invite;
                Ok(meaning)
            }
            (Carrier::Provisional, Some(_)) if self.is_owed_by(by, Carrier::Invite) => Ok(Meaning::Preview),
            (Carrier::Provisional, Some(_)) if self.settled => Ok(Meaning::Repetition),
            (Carrier::ReliableProvisional | Carrier::InviteSuccess, _) => self.take_response(by, carrier, description),
            (Carrier::Ack, description) => self.answer_to(by, Carrier::InviteSuccess, description),
            (Carrier::Prack, description) if self.is_owed_by(by, Carrier::ReliableProvisional) => {
                self.answer_to(by, Carrier::ReliableProvisional, description)
            }
            (Carrier::Prack, Some(description)) => self.make_offer(by, carrier, description),
            (Carrier::PrackSuccess, description) => self.answer_to(by, Carrier::Prack, description),
            (Carrier::UpdateSuccess, description) => self.answer_to(by, Carrier::Update, description),
            (Carrier::InviteFailure, _) => {
                self.late = None;
                Ok(self.withdraw(|carrier| !matches!(carrier, Carrier::Update)))
            }
            (Carrier::UpdateFailure, _) => Ok(self.withdraw(|carrier| matches!(carrier, Carrier::Update))),
            _ => Ok(Meaning::Nothing),
        }
    }

    /// A reliable provisional response or a 2xx to INVITE: the answer, the late offer, or neither.
    fn take_response(&mut self, by: Side, carrier: Carrier, description: Option<&Bytes>) -> Result<Meaning, Violation> {
        let is_final = carrier == Carrier::InviteSuccess;
        if self.is_owed_by(by, Carrier::Invite) {
            return match description {
                None if !is_final => Ok(Meaning::Nothing),
                description => self.answer_to(by, Carrier::Invite, description),
            };
        }
        match (self.late.is_some_and(|inviter| inviter != by), description) {
            (true, Some(description)) => {
                let meaning = self.make_offer(by, carrier, description)?;
                self.late = None;
                Ok(meaning)
            }
            (true, None) if is_final => Err(Violation::Missing),
            (false, Some(_)) => Ok(Meaning::Repetition),
            (_, None) => Ok(Meaning::Nothing),
        }
    }

    /// Whether an offer in `carrier` is open that `by` has to answer.
    fn is_owed_by(&self, by: Side, carrier: Carrier) -> bool {
        self.open.as_ref().is_some_and(|open| open.by != by && open.carrier == carrier)
    }

    fn check_no_offer(&self, by: Side) -> Result<(), Violation> {
        match (self.open.as_ref().map(|open| open.by), self.late) {
            (Some(other), _) if other != by => Err(Violation::Glare),
            (None, Some(inviter)) if inviter != by => Err(Violation::Glare),
            (Some(_), _) => Err(Violation::Overlap),
            (None, Some(_)) => Err(Violation::Overlap),
            (None, None) => Ok(()),
        }
    }

    fn make_offer(&mut self, by: Side, carrier: Carrier, description: &Bytes) -> Result<Meaning, Violation> {
        // The late offer is the one that a late INVITE waits for.
        let waited_for =
            matches!(carrier, Carrier::ReliableProvisional | Carrier::InviteSuccess) && self.open.is_none();
        if !waited_for {
            self.check_no_offer(by)?;
        }
        self.open = Some(Open { by, carrier, description: description.clone() });
        Ok(Meaning::Offer)
    }

    /// The answer to the offer in `offered`, if that is open.
    fn answer_to(&mut self, by: Side, offered: Carrier, description: Option<&Bytes>) -> Result<Meaning, Violation> {
        if !self.is_owed_by(by, offered) {
            return Ok(description.map_or(Meaning::Nothing, |_| Meaning::Repetition));
        }
        let (Some(answer), Some(open)) = (description, self.open.take_if(|_| description.is_some())) else {
            return Err(Violation::Missing);
        };
        let (local, remote) = match by {
            Side::Local => (answer.clone(), open.description),
            Side::Remote => (open.description, answer.clone()),
        };
        (self.local, self.remote) = (Some(local), Some(remote));
        self.settled |= !matches!(offered, Carrier::Update | Carrier::Prack);
        Ok(Meaning::Answer)
    }

    fn withdraw(&mut self, concerns: impl Fn(Carrier) -> bool) -> Meaning {
        match self.open.take_if(|open| concerns(open.carrier)) {
            Some(_) => Meaning::Withdrawal,
            None => Meaning::Nothing,
        }
    }
}
