//! An account as it is, read from the tables of the slices before this one.

use std::collections::{BTreeMap, BTreeSet};

use callflow::Owner;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::dialled::DialPlan;
use types::ids::UserId;

use crate::db::{DbError, statement};
use crate::imports::rules::{Person, Snapshot};
use crate::owners;
use crate::scope::{Role, Scope};

/// Addresses that one statement asks for.
const CHUNK: usize = 500;

struct Reader<'a, C> {
    db: &'a C,
    scope: &'a Scope,
}

impl<C: ConnectionTrait> Reader<'_, C> {
    async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>, DbError> {
        let values = vec![self.scope.account().to_string().into()];
        Ok(self.db.query_all_raw(statement(self.db, sql, values)).await?)
    }
}

fn text(row: &QueryResult, index: usize) -> Result<String, DbError> {
    Ok(row.try_get_by_index(index)?)
}

fn parsed<T: std::str::FromStr>(row: &QueryResult, index: usize) -> Result<T, DbError> {
    text(row, index)?.parse().map_err(|_| DbError::Damaged("a row for an import"))
}

/// Everything a file could change. `emails` are the addresses in the file, in lower case.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    scope: &Scope,
    emails: &BTreeSet<String>,
) -> Result<Snapshot, DbError> {
    let reader = Reader { db, scope };
    let mut country = "DE".to_owned();
    for row in reader.rows("SELECT country FROM accounts WHERE id = ?").await? {
        country = text(&row, 0)?;
    }
    let mut snapshot = Snapshot {
        plan: DialPlan::for_country(&country).unwrap_or_else(DialPlan::germany),
        people: people(&reader).await?,
        emails: BTreeMap::new(),
        elsewhere: BTreeSet::new(),
        locations: Vec::new(),
        groups: Vec::new(),
        extensions: BTreeMap::new(),
        numbers: BTreeMap::new(),
    };
    let places: BTreeMap<UserId, usize> =
        snapshot.people.iter().enumerate().map(|(place, person)| (person.id, place)).collect();
    for (place, person) in snapshot.people.iter().enumerate() {
        if let Some(email) = &person.email {
            snapshot.emails.insert(email.to_ascii_lowercase(), place);
        }
    }
    snapshot.elsewhere = elsewhere(&reader, emails).await?;
    for row in reader.rows("SELECT id, name FROM locations WHERE account = ? ORDER BY name, id").await? {
        snapshot.locations.push((parsed(&row, 0)?, text(&row, 1)?));
    }
    groups(&reader, &mut snapshot, &places).await?;
    extensions(&reader, &mut snapshot, &places).await?;
    numbers(&reader, &mut snapshot, &places).await?;
    let sql = "SELECT \"user\", kind, COUNT(*) FROM devices WHERE account = ? GROUP BY \"user\", kind";
    for row in reader.rows(sql).await? {
        if let Some(person) = places.get(&parsed(&row, 0)?).and_then(|place| snapshot.people.get_mut(*place)) {
            let count = u32::try_from(row.try_get_by_index::<i64>(2)?).unwrap_or(u32::MAX);
            if text(&row, 1)? == "voip" {
                person.phones = count;
            } else {
                person.other_devices += count;
            }
        }
    }
    Ok(snapshot)
}

async fn people<C: ConnectionTrait>(reader: &Reader<'_, C>) -> Result<Vec<Person>, DbError> {
    let sql = "SELECT id, first_name, last_name, email, role, blocked, password_hash IS NOT NULL, location FROM users \
               WHERE account = ? AND deleted IS NULL ORDER BY name_key, id";
    let mut people = Vec::new();
    for row in reader.rows(sql).await? {
        let location: Option<String> = row.try_get_by_index(7)?;
        people.push(Person {
            id: parsed(&row, 0)?,
            first_name: text(&row, 1)?,
            last_name: text(&row, 2)?,
            email: row.try_get_by_index(3)?,
            administrator: Role::from_stored(&text(&row, 4)?) == Role::Administrator,
            blocked: row.try_get_by_index(5)?,
            has_password: row.try_get_by_index(6)?,
            location: location.map(|id| id.parse()).transpose().map_err(|_| DbError::Damaged("users.location"))?,
            extension: None,
            numbers: BTreeMap::new(),
            groups: BTreeSet::new(),
            phones: 0,
            other_devices: 0,
        });
    }
    Ok(people)
}

/// Which of these addresses people of other accounts have.
async fn elsewhere<C: ConnectionTrait>(
    reader: &Reader<'_, C>,
    emails: &BTreeSet<String>,
) -> Result<BTreeSet<String>, DbError> {
    let mut found = BTreeSet::new();
    let emails: Vec<&String> = emails.iter().collect();
    for chunk in emails.chunks(CHUNK) {
        let places = vec!["?"; chunk.len()].join(", ");
        let sql = format!("SELECT email_key FROM users WHERE account <> ? AND email_key IN ({places})");
        let mut values: Vec<Value> = vec![reader.scope.account().to_string().into()];
        values.extend(chunk.iter().map(|email| Value::from(email.as_str())));
        for row in reader.db.query_all_raw(statement(reader.db, &sql, values)).await? {
            found.insert(text(&row, 0)?);
        }
    }
    Ok(found)
}

async fn groups<C: ConnectionTrait>(
    reader: &Reader<'_, C>,
    snapshot: &mut Snapshot,
    places: &BTreeMap<UserId, usize>,
) -> Result<(), DbError> {
    let mut members: BTreeMap<String, usize> = BTreeMap::new();
    for row in reader.rows("SELECT \"group\", \"user\" FROM group_members WHERE account = ?").await? {
        if let Some(person) = places.get(&parsed(&row, 1)?).and_then(|place| snapshot.people.get_mut(*place)) {
            person.groups.insert(parsed(&row, 0)?);
            *members.entry(text(&row, 0)?).or_default() += 1;
        }
    }
    for row in reader.rows("SELECT id, name FROM groups WHERE account = ? ORDER BY name, id").await? {
        let count = members.get(&text(&row, 0)?).copied().unwrap_or(0);
        snapshot.groups.push((parsed(&row, 0)?, text(&row, 1)?, count));
    }
    Ok(())
}

async fn extensions<C: ConnectionTrait>(
    reader: &Reader<'_, C>,
    snapshot: &mut Snapshot,
    places: &BTreeMap<UserId, usize>,
) -> Result<(), DbError> {
    for row in reader.rows("SELECT number, owner_user, owner_group FROM extensions WHERE account = ?").await? {
        let number = parsed(&row, 0)?;
        let Some(owner) = owner(&row, 1)? else { continue };
        snapshot.extensions.insert(number, (owner, owner_name(owner, snapshot, places)));
        if let Owner::User(user) = owner
            && let Some(person) = places.get(&user).and_then(|place| snapshot.people.get_mut(*place))
        {
            person.extension = Some(number);
        }
    }
    Ok(())
}

async fn numbers<C: ConnectionTrait>(
    reader: &Reader<'_, C>,
    snapshot: &mut Snapshot,
    places: &BTreeMap<UserId, usize>,
) -> Result<(), DbError> {
    for row in reader.rows("SELECT id, e164, owner_user, owner_group FROM numbers WHERE account = ?").await? {
        let (id, number) = (parsed(&row, 0)?, parsed(&row, 1)?);
        let owner = owner(&row, 2)?;
        let named = owner.map(|owner| (owner, owner_name(owner, snapshot, places)));
        snapshot.numbers.insert(number, (id, named));
        if let Some(Owner::User(user)) = owner
            && let Some(person) = places.get(&user).and_then(|place| snapshot.people.get_mut(*place))
        {
            person.numbers.insert(number, id);
        }
    }
    Ok(())
}

fn owner(row: &QueryResult, index: usize) -> Result<Option<Owner>, DbError> {
    let user: Option<String> = row.try_get_by_index(index)?;
    let group: Option<String> = row.try_get_by_index(index + 1)?;
    owners::from_columns(user.as_deref(), group.as_deref())
}

fn owner_name(owner: Owner, snapshot: &Snapshot, places: &BTreeMap<UserId, usize>) -> String {
    match owner {
        Owner::User(user) => {
            let person = places.get(&user).and_then(|place| snapshot.people.get(*place));
            person.map(Person::name).unwrap_or_default()
        }
        Owner::Group(group) => {
            let known = snapshot.groups.iter().find(|(id, ..)| *id == group);
            known.map(|(_, name, _)| name.clone()).unwrap_or_default()
        }
    }
}
