//! A call record without the last three digits of outside numbers.
//!
//! German law lets the holder of a line choose between full and shortened numbers (TDDDG section 11), and wants callers of
//! a number whose holder pays for the call shortened always (subsection 4). This is the one place that knows what that
//! means. Internal extensions, the account's own numbers and emergency calls stay as they are.

use types::e164::E164;

use crate::flow::{CallKind, Called, CallerIdentity, Destination};
use crate::record::CallRecord;
use crate::trail::{Trail, TrailEvent};

/// What stands for the digits that are left out.
pub const LEFT_OUT: &str = "xxx";

/// Digits that are left out.
const DIGITS: usize = 3;
/// Digits from which on a name is taken for a number.
const NUMBER: usize = 5;

impl CallRecord {
    /// The record with outside numbers shortened; one that is shortened already stays as it is.
    ///
    /// A number in it then lacks its last three digits: it is written with [`LEFT_OUT`] behind it.
    #[must_use]
    pub fn shorten(&self) -> Self {
        let mut record = self.clone();
        if self.shortened {
            return record;
        }
        record.shortened = true;
        let (caller, called) = (&mut record.caller, &mut record.called);
        if self.kind == CallKind::Inbound {
            caller.display_name = shorten_text(&caller.display_name).into();
            caller.number = caller.number.and_then(cut);
        }
        let outside = matches!(self.kind, CallKind::Outbound) && called.owner.is_none();
        if outside {
            called.number = called.number.and_then(cut);
        }
        // What was dialled is untrusted text, with digits in any notation. Only where it names somebody of the account or
        // an emergency service it is known to hold no outside number.
        let known = called.extension.is_some() || called.owner.is_some() || called.emergency.is_some();
        if !known {
            called.dialled = match self.called.number {
                Some(number) => masked(number).into(),
                None => called.dialled.chars().map(|c| if is_mark(c) { c } else { 'x' }).collect(),
            };
        }
        for entry in &mut record.trail.entries {
            if let TrailEvent::CalledOutside { destination, .. } = &mut entry.what
                && let Destination::Number(number) = destination
                && let Some(shorter) = cut(*number)
            {
                *destination = Destination::Number(shorter);
            }
        }
        record
    }

    /// Which call it was and when, and nothing of who or what took part.
    #[must_use]
    pub fn without_people(&self) -> Self {
        Self {
            caller: CallerIdentity::default(),
            called: Called::default(),
            answered_by: None,
            participants: Vec::new(),
            trail: Trail::default(),
            ..self.clone()
        }
    }

    /// Whether the holder of the called number pays for the call, so that callers' numbers are shortened always.
    #[must_use]
    pub fn is_paid_by_holder(&self) -> bool {
        self.kind == CallKind::Inbound && self.called.number.is_some_and(is_freephone)
    }

    /// A number of the record that is outside the account where `outside` says so, as it is written.
    #[must_use]
    pub fn written(&self, number: E164, outside: bool) -> String {
        if self.shortened && outside { format!("{number}{LEFT_OUT}") } else { number.to_string() }
    }

    /// Whether the caller's number is one outside the account.
    #[must_use]
    pub fn caller_is_outside(&self) -> bool {
        self.kind == CallKind::Inbound
    }

    /// Whether the called number is one outside the account.
    #[must_use]
    pub fn called_is_outside(&self) -> bool {
        self.kind == CallKind::Outbound && self.called.owner.is_none()
    }
}

/// A number without its last three digits; nothing of one that has no more.
fn cut(number: E164) -> Option<E164> {
    E164::from_u64(number.as_u64() / 1000)
}

/// A number as it is shown shortened.
#[must_use]
pub fn masked(number: E164) -> String {
    cut(number).map_or_else(|| LEFT_OUT.to_owned(), |number| format!("{number}{LEFT_OUT}"))
}

/// A name without the last three digits of every number in it.
#[must_use]
pub fn shorten_text(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut shortened: Vec<char> = Vec::with_capacity(characters.len());
    for part in characters.chunk_by(|a, b| is_of_number(*a) == is_of_number(*b)) {
        let digits = part.iter().filter(|c| c.is_numeric()).count();
        if digits < NUMBER {
            shortened.extend(part);
            continue;
        }
        let mut seen = 0;
        shortened.extend(part.iter().map(|c| {
            seen += usize::from(c.is_numeric());
            if c.is_numeric() && seen + DIGITS > digits { 'x' } else { *c }
        }));
    }
    shortened.into_iter().collect()
}

/// Whether a character can stand in the middle of a number.
fn is_of_number(c: char) -> bool {
    c.is_numeric() || c.is_whitespace() || "+-/().".contains(c)
}

/// A character of dialled text that says nothing of a number.
fn is_mark(c: char) -> bool {
    "+-/().*#".contains(c)
}

/// Whether calls to a number cost its holder and not the caller: the free ranges of Germany and its neighbours, Great
/// Britain, North America, and the international one.
fn is_freephone(number: E164) -> bool {
    const PREFIXES: [&str; 15] = [
        "49800", "43800", "41800", "33800", "31800", "32800", "352800", "45800", "48800", "420800", "39800", "34800",
        "44800", "44808", "800",
    ];
    const AMERICAN: [&str; 7] = ["1800", "1888", "1877", "1866", "1855", "1844", "1833"];
    let digits = number.as_u64().to_string();
    PREFIXES.iter().chain(&AMERICAN).any(|prefix| digits.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use types::clock::Timestamp;
    use types::ids::{AccountId, CallId};

    use super::*;
    use crate::flow::NodeIndex;
    use crate::record::Outcome;
    use crate::world::Owner;

    fn record(kind: CallKind) -> CallRecord {
        CallRecord {
            id: CallId::from_u128(1),
            account: AccountId::from_u128(1),
            kind,
            started: Timestamp(1),
            ringing: None,
            answered: None,
            ended: Timestamp(2),
            duration_ms: 0,
            caller: CallerIdentity::default(),
            called: Called::default(),
            answered_by: None,
            outcome: Outcome::NoAnswer,
            ended_by: None,
            participants: Vec::new(),
            trail: Trail::default(),
            shortened: false,
        }
    }

    fn number(text: &str) -> Option<E164> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_call_from_outside_loses_the_caller_and_keeps_the_own_number() {
        let mut call = record(CallKind::Inbound);
        call.caller.display_name = "+4930123456789".into();
        call.caller.number = number("+4930123456789");
        call.called = Called {
            dialled: "+4921190009017".into(),
            number: number("+4921190009017"),
            owner: Some(Owner::User(types::ids::UserId::from_u128(1))),
            ..Called::default()
        };
        let shortened = call.shorten();
        let json = serde_json::to_string(&shortened).unwrap();
        assert!(!json.contains("789") && json.contains("4921190009017"), "{json}");
        assert_eq!(&*shortened.caller.display_name, "+4930123456xxx");
        let caller = shortened.caller.number.unwrap();
        assert_eq!(shortened.written(caller, shortened.caller_is_outside()), "+4930123456xxx");
        assert_eq!(shortened.shorten(), shortened, "twice is once");
        assert_eq!(serde_json::from_str::<CallRecord>(&json).unwrap(), shortened);
    }

    #[test]
    fn a_call_to_the_outside_loses_the_called_everywhere() {
        for dialled in ["030 123456789", "tel:+4930123456789;phone-context=+49", "0049%330123456789"] {
            let mut call = record(CallKind::Outbound);
            call.called = Called { dialled: dialled.into(), number: number("+4930123456789"), ..Called::default() };
            call.caller.number = number("+4921190009017");
            let destination = Destination::Number("+4930123456789".parse().unwrap());
            let what = TrailEvent::CalledOutside { destination, caller_number: call.caller.number };
            call.trail.note(Timestamp(1), NodeIndex(0), what);
            let json = serde_json::to_string(&call.shorten()).unwrap();
            assert!(!json.contains("789") && json.contains("+4930123456xxx"), "{json}");
            assert_eq!(json.matches("4921190009017").count(), 2, "{json}");
        }
    }

    #[test]
    fn extensions_and_emergency_calls_stay() {
        let mut internal = record(CallKind::Internal);
        internal.called = Called { dialled: "4567".into(), extension: "4567".parse().ok(), ..Called::default() };
        assert_eq!(&*internal.shorten().called.dialled, "4567");
        let mut emergency = record(CallKind::Emergency);
        let plan = types::dialled::DialPlan::germany();
        let types::dialled::Dialled::Emergency(of) = types::dialled::Dialled::normalise("112", &plan, None).unwrap()
        else {
            unreachable!()
        };
        emergency.called = Called { dialled: "112".into(), emergency: Some(of), ..Called::default() };
        assert_eq!(&*emergency.shorten().called.dialled, "112");
    }

    #[test]
    fn what_was_dialled_and_not_understood_keeps_no_digit() {
        let mut call = record(CallKind::Internal);
        for (dialled, kept) in [("0301234567890123456", "x".repeat(19)), ("+49-30*١٢٣%31", "+xx-xx*xxxxxx".to_owned())]
        {
            call.called.dialled = dialled.into();
            assert_eq!(*call.shorten().called.dialled, *kept);
        }
    }

    #[test]
    fn names_that_are_numbers_are_shortened_and_others_stay() {
        for (name, shortened) in [
            ("Müller & Söhne", "Müller & Söhne"),
            ("Filiale 12", "Filiale 12"),
            ("0211 9000-917", "0211 9000-xxx"),
            ("Anna (0171) 123 45 67", "Anna (0171) 123 4x xx"),
            ("٠٢١١٩٠٠", "٠٢١١xxx"),
            ("", ""),
        ] {
            assert_eq!(shorten_text(name), shortened);
        }
    }

    #[test]
    fn the_holder_pays_for_calls_to_free_numbers_only_when_they_come_in() {
        for (called, pays) in
            [("+498001234567", true), ("+80012345678", true), ("+18335550123", true), ("+4921190009017", false)]
        {
            let mut call = record(CallKind::Inbound);
            call.called.number = number(called);
            assert_eq!(call.is_paid_by_holder(), pays, "{called}");
            call.kind = CallKind::Outbound;
            assert!(!call.is_paid_by_holder());
        }
    }

    #[test]
    fn a_number_of_three_digits_is_not_told_at_all() {
        assert_eq!(masked("+115".parse().unwrap()), "xxx");
    }
}
