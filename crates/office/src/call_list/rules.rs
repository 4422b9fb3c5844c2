//! What a choice means, when it begins, and how the list is written as a table.

use callflow::CallRecord;
use jiff::tz::TimeZone;
use serde::Deserialize;
use types::clock::Timestamp;
use types::ids::UserId;
use utoipa::ToSchema;

use super::model::{Direction, Existing, Item, Then, WorksCouncil};
use crate::accounts::Calendar;
use crate::calls::CallParty;
use crate::directory::Mode;
use crate::http::{Moment, Problem};

/// A choice as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"mode": "doNotSave", "existing": "keep"}))]
pub(crate) struct NewSettings {
    /// What is to be kept.
    pub mode: Mode,
    /// Needed for `complete` and `shortened`.
    pub declaration: Option<NewDeclaration>,
    /// What is to be done with records that hold more; `keep` when absent.
    pub existing: Option<Existing>,
}

/// A declaration as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCallListDeclaration)]
pub(crate) struct NewDeclaration {
    /// Everybody who works here is informed, and everybody who comes will be at once.
    pub employees_informed: bool,
    /// What is true of the works or staff council.
    pub works_council: Option<WorksCouncil>,
}

/// A choice, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub mode: Mode,
    pub works_council: Option<WorksCouncil>,
    pub existing: Existing,
}

impl NewSettings {
    /// Checks what is declared.
    pub fn check(self) -> Result<Choice, Problem> {
        let existing = self.existing.unwrap_or(Existing::Keep);
        let words = "Declare that everybody is informed, and what is true of the works council.";
        let works_council = match (&self.declaration, self.mode) {
            (_, Mode::DoNotSave) => None,
            (None, _) => return Err(Problem::field("/declaration", "declaration.needed", words)),
            (Some(declared), _) if !declared.employees_informed => {
                return Err(Problem::field("/declaration/employeesInformed", "declaration.needed", words));
            }
            (Some(declared), _) => match declared.works_council {
                None => return Err(Problem::field("/declaration/worksCouncil", "declaration.needed", words)),
                council => council,
            },
        };
        Ok(Choice { mode: self.mode, works_council, existing })
    }
}

/// When a choice begins: less is kept at once, more from the first of the next month on, so that nobody's calls of a
/// month are listed who was not told before it. `None` for at once.
pub(crate) fn begins(present: Option<Mode>, wished: Mode, now: Timestamp, calendar: &Calendar) -> Option<Then> {
    let at_once = match present {
        Some(present) => wished <= present,
        // Everything is kept for those who took part, but nobody else sees it.
        None => wished < Mode::Complete,
    };
    (!at_once).then(|| Then { mode: wished, from: Moment(first_of_next_month(now, calendar)) })
}

fn first_of_next_month(now: Timestamp, calendar: &Calendar) -> Timestamp {
    calendar.day(now).month().next().map_or(now, |next| calendar.start(next))
}

/// Which calls of the account.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// Started at this moment or later.
    pub from: Option<Timestamp>,
    /// Started before this moment.
    pub to: Option<Timestamp>,
    /// Only those that this user took part in.
    pub user: Option<UserId>,
    pub direction: Option<Direction>,
}

/// The kinds of call that went a way.
pub(crate) fn kinds(direction: Direction) -> &'static [&'static str] {
    match direction {
        Direction::Incoming => &["inbound"],
        Direction::Outgoing => &["outbound", "emergency"],
        Direction::Internal => &["internal"],
    }
}

/// The way a kind of call went.
pub(crate) fn direction_of(kind: &str) -> Direction {
    match kind {
        "inbound" => Direction::Incoming,
        "internal" => Direction::Internal,
        _ => Direction::Outgoing,
    }
}

/// An item from the record, as the present choice shows it: a record that was kept whole before is shown shortened.
pub(crate) fn item(record: &CallRecord, mode: Mode) -> Item {
    let shown = if mode == Mode::Shortened { record.shorten() } else { record.clone() };
    let (caller, called) = (&shown.caller, &shown.called);
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Item {
        id: shown.id,
        direction: direction_of(shown.kind.code()),
        started: Moment(shown.started),
        answered: shown.answered.map(Moment),
        duration_ms: i64::try_from(shown.duration_ms).unwrap_or(i64::MAX),
        outcome: shown.outcome.code().to_owned(),
        caller: CallParty {
            name: text(&caller.display_name),
            number: caller.number.map(|number| shown.written(number, shown.caller_is_outside())),
            extension: caller.extension.map(|extension| extension.to_string()),
        },
        called: CallParty {
            name: called.owner_name.as_deref().and_then(text),
            number: called.number.map(|number| shown.written(number, shown.called_is_outside())),
            extension: called.extension.map(|extension| extension.to_string()),
        },
        dialled: called.dialled.to_string(),
    }
}

/// A cell that no program takes for a formula: a spreadsheet would calculate what a stranger put into his name.
pub(crate) fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The words of the table in the account's language.
pub(crate) struct Words {
    pub header: [&'static str; 11],
    pub directions: [&'static str; 3],
    pub outcomes: [(&'static str, &'static str); 8],
}

const ENGLISH: Words = Words {
    header: [
        "Started",
        "Direction",
        "Caller",
        "Caller's number",
        "Caller's extension",
        "Called",
        "Called number",
        "Called extension",
        "Dialled",
        "Seconds",
        "Outcome",
    ],
    directions: ["incoming", "outgoing", "internal"],
    outcomes: [
        ("answered", "answered"),
        ("noAnswer", "not answered"),
        ("busy", "busy"),
        ("declined", "declined"),
        ("unreachable", "not reachable"),
        ("cancelled", "cancelled by the caller"),
        ("rejected", "not connected"),
        ("recovered", "ended by a restart"),
    ],
};

const GERMAN: Words = Words {
    header: [
        "Beginn",
        "Richtung",
        "Anrufer",
        "Rufnummer des Anrufers",
        "Durchwahl des Anrufers",
        "Angerufener",
        "Angerufene Rufnummer",
        "Angerufene Durchwahl",
        "Gewählt",
        "Sekunden",
        "Ergebnis",
    ],
    directions: ["eingehend", "ausgehend", "intern"],
    outcomes: [
        ("answered", "angenommen"),
        ("noAnswer", "nicht angenommen"),
        ("busy", "besetzt"),
        ("declined", "abgelehnt"),
        ("unreachable", "nicht erreichbar"),
        ("cancelled", "vom Anrufer abgebrochen"),
        ("rejected", "nicht verbunden"),
        ("recovered", "durch Neustart beendet"),
    ],
};

impl Words {
    pub fn of(language: &str) -> &'static Self {
        if language == "de" { &GERMAN } else { &ENGLISH }
    }

    /// A line of the table; times are those of the zone.
    pub fn line(&self, item: &Item, zone: &TimeZone) -> [String; 11] {
        let [incoming, outgoing, internal] = self.directions;
        let direction = match item.direction {
            Direction::Incoming => incoming,
            Direction::Outgoing => outgoing,
            Direction::Internal => internal,
        };
        let outcome = self.outcomes.iter().find(|(code, _)| *code == item.outcome);
        let instant = jiff::Timestamp::from_millisecond(item.started.0.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let started = instant.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let text = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        [
            started,
            direction.to_owned(),
            text(&item.caller.name),
            text(&item.caller.number),
            text(&item.caller.extension),
            text(&item.called.name),
            text(&item.called.number),
            text(&item.called.extension),
            cell(&item.dialled),
            ((item.duration_ms + 500) / 1000).to_string(),
            outcome.map_or_else(|| item.outcome.clone(), |(_, words)| (*words).to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24T08:00:00Z
    const MORNING: Timestamp = Timestamp(1_795_507_200_000);

    #[test]
    fn less_begins_at_once_and_more_with_the_month() {
        use Mode::{Complete, DoNotSave, Shortened};
        let begins = |present, wished| {
            begins(present, wished, MORNING, &Calendar::of_zone("Europe/Berlin")).map(|then| then.from)
        };
        for (present, wished) in [
            (None, Shortened),
            (None, DoNotSave),
            (Some(Complete), Shortened),
            (Some(Complete), Complete),
            (Some(Shortened), DoNotSave),
        ] {
            assert_eq!(begins(present, wished), None, "{present:?} {wished:?}");
        }
        // 2026-12-01T00:00+01:00
        let december = Some(Moment::from_millis(1_796_079_600_000));
        for (present, wished) in
            [(None, Complete), (Some(Shortened), Complete), (Some(DoNotSave), Shortened), (Some(DoNotSave), Complete)]
        {
            assert_eq!(begins(present, wished), december, "{present:?} {wished:?}");
        }
    }

    #[test]
    fn months_end_where_the_account_is() {
        // 2026-12-31T23:30:00Z is next year already in Berlin.
        let eve = Timestamp(1_798_759_800_000);
        let next = first_of_next_month(eve, &Calendar::of_zone("Europe/Berlin"));
        assert_eq!(next, Timestamp(1_801_436_400_000), "February");
        assert_eq!(
            first_of_next_month(eve, &Calendar::of_zone("Europe/London")),
            Timestamp(1_798_761_600_000),
            "January"
        );
        assert!(
            crate::accounts::six_months_before(MORNING).0 < MORNING.0 - 180 * 86_400_000
                && crate::accounts::six_months_before(MORNING).0 > MORNING.0 - 186 * 86_400_000
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in
            [("=1+1", "'=1+1"), ("+49", "'+49"), ("-x", "'-x"), ("@x", "'@x"), ("Anna", "Anna"), ("", "")]
        {
            assert_eq!(cell(text), written);
        }
    }
}
