//! What may be sent, when it is tried again, and how parts are told apart.

use types::clock::Timestamp;
use types::dialled::DialPlan;
use types::e164::E164;
use types::ids::MessageId;
use types::sms::{self, Sender, TextError};

use crate::handing_over;
use crate::http::{Fields, Moment};
use crate::written_number;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;
/// How many days ahead a message can be scheduled.
pub(crate) const DAYS_AHEAD: i64 = 30;
/// A message that could not be handed over for so long is given up: nobody expects it any more.
pub(crate) const PATIENCE: i64 = DAY;
/// Most characters of the words of an SMSC that are kept.
pub(crate) const ERROR: usize = 300;

/// Waits between attempts, in milliseconds; the last one repeats.
const WAITS: [i64; 8] =
    [5 * SECOND, 10 * SECOND, 20 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];

/// When a message is tried again that was due at `since` and has just failed for the `attempts`-th time; `None` when it is
/// given up.
pub(crate) fn next_attempt(since: i64, attempts: i32, now: i64) -> Option<i64> {
    handing_over::next_attempt(since, PATIENCE, &WAITS, attempts, now)
}

/// A message about to be stored, checked.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) to: E164,
    pub(crate) text: String,
    pub(crate) sender: Sender,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) parts: usize,
}

/// What comes in.
pub(crate) struct Wish<'a> {
    pub(crate) to: &'a str,
    pub(crate) text: &'a str,
    pub(crate) sender: Option<&'a str>,
    pub(crate) send_at: Option<&'a str>,
}

/// What may be chosen.
pub(crate) struct Choices<'a> {
    pub(crate) plan: DialPlan,
    pub(crate) default_sender: &'a Sender,
    pub(crate) numbers: &'a [E164],
    pub(crate) now: Timestamp,
}

/// Checks a wish; what is wrong goes into `fields`.
pub(crate) fn check(fields: &mut Fields, wish: &Wish<'_>, choices: &Choices<'_>) -> Option<Draft> {
    let to = recipient(fields, wish.to, choices.plan);
    let parts = match sms::cut(wish.text) {
        Ok(cut) => Some(cut.parts.len()),
        Err(error) => {
            let code = match error {
                TextError::Empty => "text.empty",
                TextError::TooLong => "text.long",
                TextError::Nul => "text.control",
            };
            fields.refuse("/text", code, sentence(&error.to_string()));
            None
        }
    };
    let sender = match wish.sender {
        None => Some(choices.default_sender.clone()),
        Some(text) => {
            let chosen = text.parse().ok().filter(|sender| match sender {
                Sender::Number(number) => choices.numbers.contains(number) || sender == choices.default_sender,
                Sender::Name(_) => sender == choices.default_sender,
            });
            if chosen.is_none() {
                fields.refuse(
                    "/sender",
                    "sender.unknown",
                    "The sender is one of your own numbers or the default text.",
                );
            }
            chosen
        }
    };
    let send_at = match wish.send_at.map(|text| moment(text, choices.now)) {
        None => Some(None),
        Some(Ok(moment)) => Some(Some(moment)),
        Some(Err((code, message))) => {
            fields.refuse("/sendAt", code, message);
            None
        }
    };
    Some(Draft { to: to?, text: wish.text.to_owned(), sender: sender?, send_at: send_at?, parts: parts? })
}

fn recipient(fields: &mut Fields, text: &str, plan: DialPlan) -> Option<E164> {
    if text.trim().is_empty() {
        fields.refuse("/to", "text.empty", "Please fill this in.");
        return None;
    }
    let is_written = text.len() <= 64;
    let Some(number) = written_number::read(text.trim(), &plan).filter(|_| is_written) else {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if plan.emergency(&digits).is_some() {
            fields.refuse(
                "/to",
                "number.emergency",
                "Emergency services cannot be reached by text message. Call them.",
            );
        } else {
            fields.refuse("/to", "number.invalid", "This is no telephone number that a message can be sent to.");
        }
        return None;
    };
    if !sms::is_recipient(number) {
        fields.refuse("/to", "number.service", "Messages cannot be sent to this number.");
        return None;
    }
    Some(number)
}

/// A moment to come, at most [`DAYS_AHEAD`] ahead; a little in the past is now.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp, (&'static str, &'static str)> {
    let moment: jiff::Timestamp =
        text.parse().map_err(|_| ("time.invalid", "Write a time like 2026-11-24T08:00:00Z."))?;
    let moment = moment.as_millisecond();
    if moment < now.0 - 5 * MINUTE {
        return Err(("time.past", "This time is over."));
    }
    if moment > now.0 + DAYS_AHEAD * DAY {
        return Err(("time.far", "At most 30 days ahead."));
    }
    Ok(Timestamp(moment.max(now.0)))
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

/// What all parts of a message are told by. Phones put parts of the same sender and reference together, so the next message has
/// another one most likely: the last bits of an id are random.
pub(crate) fn reference(id: MessageId) -> u8 {
    id.as_u128().to_be_bytes().last().copied().unwrap_or(0)
}

/// A part's name as it is compared: SMSCs write the same one with and without leading zeros, in capitals or not.
pub(crate) fn name(reference: &str) -> String {
    let lower = reference.trim().to_ascii_lowercase();
    let short = lower.trim_start_matches('0');
    if short.is_empty() { lower } else { short.to_owned() }
}

/// The names a receipt may mean, likeliest first: some SMSCs write in hexadecimal when they take a message, and in decimal in
/// the receipt, or the other way round.
pub(crate) fn names(reference: &str) -> Vec<String> {
    let name = name(reference);
    let as_hex = name.parse::<u128>().ok().map(|number| format!("{number:x}"));
    let as_decimal = u128::from_str_radix(&name, 16).ok().map(|number| number.to_string());
    let mut names = vec![name];
    for other in [as_hex, as_decimal].into_iter().flatten() {
        if !names.contains(&other) {
            names.push(other);
        }
    }
    names
}

/// When a limit lets somebody send again.
pub(crate) fn until(moment: Option<Moment>, span: i64, now: Timestamp) -> u64 {
    let ends = moment.map_or(now.0 + span, |moment| moment.0.0 + span);
    u64::try_from((ends - now.0) / SECOND + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn attempts_become_rarer_and_end_after_a_day() {
        let (mut now, mut attempts) = (0, 1);
        let mut waits = Vec::new();
        while let Some(next) = next_attempt(0, attempts, now) {
            waits.push(next - now);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(now, PATIENCE);
        assert_eq!(waits[..3], [5 * SECOND, 10 * SECOND, 20 * SECOND]);
        assert!(waits.len() < 70 && waits.iter().all(|wait| *wait <= 30 * MINUTE));
    }

    #[test]
    fn a_receipt_finds_its_part_however_it_is_written() {
        assert_eq!(name("0000001A"), "1a");
        assert_eq!(name("0"), "0");
        assert!(names("26").contains(&name("0000001A")));
        assert!(names("1a").contains(&name("26")));
        assert_eq!(names("a-b-c"), ["a-b-c"]);
    }

    #[test]
    fn a_time_is_soon_enough_and_not_over() {
        let now = Timestamp(1_795_507_200_000);
        assert_eq!(moment("2026-11-24T09:00:00Z", now), Ok(Timestamp(now.0 + HOUR)));
        assert_eq!(moment("2026-11-24T07:59:00Z", now), Ok(now));
        assert_eq!(moment("2026-11-24T07:00:00Z", now).unwrap_err().0, "time.past");
        assert_eq!(moment("2026-12-24T08:00:01Z", now).unwrap_err().0, "time.far");
        assert_eq!(moment("tomorrow", now).unwrap_err().0, "time.invalid");
    }
}
