//! An import as the API shows it.

use serde::{Deserialize, Serialize};
use types::ids::{ImportId, UserId};
use utoipa::ToSchema;

use crate::http::Moment;

/// A column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportColumn)]
pub enum Column {
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// The address to sign in with.
    Email,
    /// Yes or no.
    Administrator,
    /// A location by its name.
    Location,
    /// Digits, or `next` for the next free one.
    Extension,
    /// Numbers of the account, several separated by `|`.
    Number,
    /// Groups by their names, several separated by `|`.
    Groups,
    /// How many VoIP phones the user has.
    Phones,
    /// The user's id, as an export writes it.
    Id,
}

impl Column {
    /// Every column, in the order of an export.
    pub(crate) const ALL: [Self; 10] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Administrator,
        Self::Location,
        Self::Extension,
        Self::Number,
        Self::Groups,
        Self::Phones,
        Self::Id,
    ];

    /// Its heading in a language; both are read.
    pub(crate) fn heading(self, language: &str) -> &'static str {
        let (english, german) = match self {
            Self::FirstName => ("First name", "Vorname"),
            Self::LastName => ("Last name", "Nachname"),
            Self::Email => ("E-mail", "E-Mail"),
            Self::Administrator => ("Administrator", "Administrator"),
            Self::Location => ("Location", "Standort"),
            Self::Extension => ("Extension", "Durchwahl"),
            Self::Number => ("Numbers", "Rufnummern"),
            Self::Groups => ("Groups", "Gruppen"),
            Self::Phones => ("Phones", "Telefone"),
            Self::Id => ("User ID", "Benutzer-ID"),
        };
        if language == "de" { german } else { english }
    }
}

/// What becomes of people who exist already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportMode)]
pub enum Mode {
    /// They stay as they are.
    #[default]
    Skip,
    /// They become as the file says. An empty cell leaves things as they are.
    Update,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportState)]
pub enum State {
    /// Nothing has happened yet.
    Preview,
    /// It is being carried out, or undone.
    Running,
    /// It was carried out.
    Done,
    /// It was carried out and undone.
    Undone,
    /// It ran into an error of the server. Nothing was changed.
    Failed,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_stored(text: &str) -> Option<Self> {
        [Self::Preview, Self::Done, Self::Undone, Self::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportAction)]
pub enum Action {
    /// A user is added.
    Create,
    /// A user changes.
    Update,
    /// Nothing: the user exists, or is as the file says.
    Skip,
    /// Nothing of the whole file is carried out while a row is refused.
    Refuse,
}

/// One thing that will be different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportChange)]
pub struct Change {
    /// Where it stands in the file.
    pub column: Column,
    /// What it is now; null when there is nothing.
    #[schema(required)]
    pub before: Option<String>,
    /// What it will be.
    #[schema(required, example = "44")]
    pub after: Option<String>,
}

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportProblem)]
pub struct Problem {
    /// The column; null when the whole row is meant.
    #[schema(required)]
    pub column: Option<Column>,
    /// For programs and translations.
    #[schema(example = "extension.taken")]
    pub code: String,
    /// Whom or what the message names: an owner, a group, a line. Null where it names nothing.
    #[schema(required, example = "Bernd Ahrens")]
    pub subject: Option<String>,
    /// In English.
    #[schema(example = "44 belongs to Bernd Ahrens.")]
    pub message: String,
}

/// What will happen to a row of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportRow)]
pub struct Row {
    /// The line of the file; the headings are in line 1.
    #[schema(example = 2)]
    pub line: u64,
    /// What will happen.
    pub action: Action,
    /// First and last name.
    #[schema(example = "Anna Weber")]
    pub name: String,
    /// The address to sign in with.
    #[schema(required, example = "anna@example.com")]
    pub email: Option<String>,
    /// The user it is about; null for one who is yet to be added.
    #[schema(required, value_type = Option<String>, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub user: Option<UserId>,
    /// What will be different.
    pub changes: Vec<Change>,
    /// Why it is refused.
    pub problems: Vec<Problem>,
}

/// How many rows of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportCounts)]
pub struct Counts {
    /// Users who are added.
    pub create: usize,
    /// Users who change.
    pub update: usize,
    /// Users who stay as they are.
    pub skip: usize,
    /// Rows that are refused.
    pub refuse: usize,
}

impl Counts {
    pub(super) fn of(rows: &[Row]) -> Self {
        let count = |action| rows.iter().filter(|row| row.action == action).count();
        Self {
            create: count(Action::Create),
            update: count(Action::Update),
            skip: count(Action::Skip),
            refuse: count(Action::Refuse),
        }
    }
}

/// A file of users: what it would do, is doing or has done.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// The import.
    #[schema(value_type = String, example = "imp_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: ImportId,
    /// What becomes of people who exist already.
    pub mode: Mode,
    /// How far it is.
    pub state: State,
    /// Of how many steps are carried out; both 0 unless it is running.
    pub done: usize,
    /// How many steps there are; a user has several.
    pub total: usize,
    /// How many rows of each kind.
    pub counts: Counts,
    /// Whether it can be carried out: no row is refused, and it was not carried out before.
    pub applicable: bool,
    /// Headings of the file that mean nothing here.
    #[schema(example = json!(["Department"]))]
    pub ignored_columns: Vec<String>,
    /// When the file was handed in.
    pub created_at: Moment,
    /// Who handed it in.
    #[schema(required, value_type = Option<String>)]
    pub created_by: Option<UserId>,
    /// When it was carried out.
    #[schema(required)]
    pub applied_at: Option<Moment>,
    /// Until when it can be undone; null while there is nothing to undo.
    #[schema(required)]
    pub undo_until: Option<Moment>,
    /// What will happen row by row, or has happened. Left out of lists, and where `rows=false` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Row>>,
    /// Rows that an undo left as they are, because they have changed since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// Something that cannot be undone, because it has changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportKept)]
pub struct Kept {
    /// The line of the file.
    pub line: u64,
    /// The user.
    pub name: String,
    /// Why not.
    pub problem: Problem,
}
