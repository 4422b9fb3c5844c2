//! What a file would do to an account: decided from the rows and a snapshot alone, so that the same file and the same
//! account always give the same plan.

mod match_rows;
mod read_cells;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use callflow::Owner;
use types::dialled::DialPlan;
use types::e164::E164;
use types::email::Email;
use types::extension_number::ExtensionNumber;
use types::ids::{GroupId, LocationId, NumberId, UserId};

use super::model::{Action, Change, Column, Mode, Problem, Row};
use super::text::Source;

/// Members of one group.
pub(super) const GROUP_SIZE: usize = crate::groups::MAX_MEMBERS;

/// A user as he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub id: UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    pub administrator: bool,
    pub blocked: bool,
    pub has_password: bool,
    pub location: Option<LocationId>,
    pub extension: Option<ExtensionNumber>,
    pub numbers: BTreeMap<E164, NumberId>,
    pub groups: BTreeSet<GroupId>,
    /// VoIP phones.
    pub phones: u32,
    /// Mobiles and external phones.
    pub other_devices: u32,
}

impl Person {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// Whether he is one of those who can administer the account.
    pub fn counts(&self) -> bool {
        self.administrator && !self.blocked && self.has_password
    }
}

/// An account as it is, as far as a file can change it.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub plan: DialPlan,
    pub people: Vec<Person>,
    /// Where in `people` an address is, in lower case.
    pub emails: BTreeMap<String, usize>,
    /// Addresses of the file that belong to people of other accounts.
    pub elsewhere: BTreeSet<String>,
    pub locations: Vec<(LocationId, String)>,
    /// Groups with the number of their members.
    pub groups: Vec<(GroupId, String, usize)>,
    pub extensions: BTreeMap<ExtensionNumber, (Owner, String)>,
    pub numbers: BTreeMap<E164, (NumberId, Option<(Owner, String)>)>,
}

/// What a row does. What is `None` or empty stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// Whom it changes; `None` adds somebody.
    pub user: Option<UserId>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<Email>,
    pub administrator: Option<bool>,
    pub location: Option<LocationId>,
    pub extension: Option<ExtensionNumber>,
    /// The extension that becomes free.
    pub freed: Option<ExtensionNumber>,
    pub takes: BTreeMap<E164, NumberId>,
    pub gives_up: BTreeMap<E164, NumberId>,
    pub joins: BTreeSet<GroupId>,
    pub leaves: BTreeSet<GroupId>,
    /// VoIP phones to make.
    pub phones: u32,
}

impl Effect {
    /// Whether the user's own row changes.
    pub fn changes_profile(&self) -> bool {
        self.first_name.is_some()
            || self.last_name.is_some()
            || self.email.is_some()
            || self.administrator.is_some()
            || self.location.is_some()
    }

    /// How many steps it takes to carry out.
    pub fn steps(&self) -> usize {
        usize::from(self.user.is_none() || self.changes_profile())
            + usize::from(self.extension.is_some())
            + self.takes.len()
            + self.gives_up.len()
            + self.joins.len()
            + self.leaves.len()
            + usize::try_from(self.phones).unwrap_or(0)
    }
}

/// A row, what it does, and what is shown of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub row: Row,
    pub effect: Effect,
}

/// A row on its way to being planned.
struct Draft<'a> {
    source: &'a Source,
    person: Option<&'a Person>,
    /// The row is about somebody who exists and stays as he is.
    skipped: bool,
    effect: Effect,
    /// The extension is to be the next free one.
    next: bool,
    problems: Vec<Problem>,
}

impl Draft<'_> {
    fn refuse(&mut self, column: Column, code: &str, subject: Option<String>, message: String) {
        self.problems.push(Problem { column: Some(column), code: code.to_owned(), subject, message });
    }

    fn cell(&self, column: Column) -> Option<&str> {
        self.source.cells.get(&column).map(String::as_str)
    }

    fn name(&self) -> String {
        let now = |part: fn(&Person) -> &String| self.person.map(part).cloned().unwrap_or_default();
        let first = self.effect.first_name.clone().unwrap_or_else(|| now(|person| &person.first_name));
        let last = self.effect.last_name.clone().unwrap_or_else(|| now(|person| &person.last_name));
        format!("{first} {last}").trim().to_owned()
    }
}

/// What every row of the file would do.
pub(super) fn plan(rows: &[Source], snapshot: &Snapshot, mode: Mode) -> Vec<Planned> {
    let mut drafts = match_rows::drafts(rows, snapshot, mode);
    for draft in drafts.iter_mut().filter(|draft| !draft.skipped) {
        read_cells::read(draft, snapshot);
    }
    share::extensions(&mut drafts, snapshot);
    share::numbers(&mut drafts, snapshot);
    share::groups(&mut drafts, snapshot);
    share::administrators(&mut drafts, snapshot);
    drafts.into_iter().map(|draft| shown(draft, snapshot)).collect()
}

fn shown(draft: Draft<'_>, snapshot: &Snapshot) -> Planned {
    let changes = if draft.skipped { Vec::new() } else { changes(&draft, snapshot) };
    let action = match draft.person {
        _ if !draft.problems.is_empty() => Action::Refuse,
        _ if draft.skipped => Action::Skip,
        None => Action::Create,
        Some(_) if changes.is_empty() => Action::Skip,
        Some(_) => Action::Update,
    };
    let email = draft.effect.email.as_ref().map(|email| email.as_str().to_owned());
    let row = Row {
        line: draft.source.line,
        action,
        name: draft.name(),
        email: email.or_else(|| draft.person.and_then(|person| person.email.clone())),
        user: draft.person.map(|person| person.id),
        changes,
        problems: draft.problems,
    };
    Planned { row, effect: draft.effect }
}

/// What will be different, as people read it.
fn changes(draft: &Draft<'_>, snapshot: &Snapshot) -> Vec<Change> {
    let Draft { effect, person, .. } = draft;
    let mut changes = Vec::new();
    let mut note = |column, before: Option<String>, after: Option<String>| {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        changes.push(Change { column, before: some(before), after: some(after) });
    };
    if let Some(name) = &effect.first_name {
        note(Column::FirstName, person.map(|person| person.first_name.clone()), Some(name.clone()));
    }
    if let Some(name) = &effect.last_name {
        note(Column::LastName, person.map(|person| person.last_name.clone()), Some(name.clone()));
    }
    if let Some(email) = &effect.email {
        note(Column::Email, person.and_then(|person| person.email.clone()), Some(email.as_str().to_owned()));
    }
    if let Some(administrator) = effect.administrator {
        let word = |administrator| if administrator { "yes" } else { "no" }.to_owned();
        note(Column::Administrator, person.map(|person| word(person.administrator)), Some(word(administrator)));
    }
    if let Some(location) = effect.location {
        let name = |id| snapshot.locations.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
        note(Column::Location, person.and_then(|person| person.location).and_then(name), name(location));
    }
    if let Some(extension) = effect.extension {
        note(Column::Extension, effect.freed.map(|number| number.to_string()), Some(extension.to_string()));
    }
    if !effect.takes.is_empty() || !effect.gives_up.is_empty() {
        let before: BTreeSet<E164> = person.iter().flat_map(|person| person.numbers.keys().copied()).collect();
        let after = before.iter().filter(|number| !effect.gives_up.contains_key(number)).chain(effect.takes.keys());
        let after: BTreeSet<E164> = after.copied().collect();
        let text = |numbers: BTreeSet<E164>| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        note(Column::Number, Some(text(before)), Some(text(after)));
    }
    if !effect.joins.is_empty() || !effect.leaves.is_empty() {
        let before: BTreeSet<GroupId> = person.iter().flat_map(|person| person.groups.iter().copied()).collect();
        let after =
            before.iter().filter(|group| !effect.leaves.contains(group)).chain(&effect.joins).copied().collect();
        note(Column::Groups, Some(group_names(&before, snapshot)), Some(group_names(&after, snapshot)));
    }
    if effect.phones > 0 {
        let before = person.map_or(0, |person| person.phones);
        note(Column::Phones, person.map(|_| before.to_string()), Some((before + effect.phones).to_string()));
    }
    changes
}

fn group_names(ids: &BTreeSet<GroupId>, snapshot: &Snapshot) -> String {
    let names = snapshot.groups.iter().filter(|(id, ..)| ids.contains(id)).map(|(_, name, _)| name.as_str());
    names.collect::<Vec<_>>().join(", ")
}
