//! Carrying a plan out, within one transaction.

use std::collections::BTreeMap;

use callflow::Owner;
use types::e164::E164;
use types::ids::{DeviceId, GroupId, NumberId, UserId};

use super::error::Error;
use super::journal::{Changed, Created, Journal, Part};
use super::model::Action;
use super::rules::Planned;
use super::running::Progress;
use crate::Office;
use crate::db::Tx;
use crate::owners::NamedOwner;
use crate::scope::{Role, Scope};
use crate::{devices, extensions, groups, numbers, users, versions};

/// Rows of one statement; also how finely the progress moves.
const CHUNK: usize = 256;

/// A row with whom it is about, known from the moment he is added.
struct Task {
    planned: Planned,
    user: UserId,
}

impl Task {
    fn owner(&self) -> Owner {
        Owner::User(self.user)
    }

    fn named(&self) -> NamedOwner {
        NamedOwner::new(self.owner(), self.planned.row.name.clone())
    }
}

/// Does everything; answers what is needed to undo it, and the rows with the users who were added.
pub(super) async fn out(
    office: &Office,
    tx: &mut Tx,
    scope: &Scope,
    language: &str,
    planned: Vec<Planned>,
    progress: &Progress,
) -> Result<(Journal, Vec<super::model::Row>), Error> {
    progress.expect(planned.iter().filter(|planned| acts(planned)).map(|planned| planned.effect.steps()).sum());
    let tasks: Vec<Task> = planned
        .into_iter()
        .map(|planned| {
            let user = planned.effect.user.unwrap_or_else(|| UserId::new(tx.now(), tx.entropy()));
            Task { planned, user }
        })
        .collect();
    let acting: Vec<&Task> = tasks.iter().filter(|task| acts(&task.planned)).collect();
    let mut journal = Journal::default();
    add(tx, scope, language, &acting, &mut journal, progress).await?;
    let mut changed = change(tx, scope, &acting, progress).await?;
    free(tx, scope, &acting, progress).await?;
    give(tx, scope, &acting, progress).await?;
    change_groups(tx, scope, &acting, progress).await?;
    let phones = make_phones(office, tx, scope, language, &acting, progress).await?;
    for (user, phone) in phones {
        if let Some(changed) = changed.get_mut(&user) {
            changed.phones.push(phone);
        }
    }
    // Whoever was added has no history yet; what changes next begins it.
    for user in changed.keys() {
        versions::note(tx, scope, Owner::User(*user)).await?;
    }
    journal.changed = changed.into_values().collect();
    let rows = tasks.into_iter().map(|task| {
        let user = (task.planned.row.action != Action::Refuse).then_some(task.user);
        super::model::Row { user, ..task.planned.row }
    });
    Ok((journal, rows.collect()))
}

fn acts(planned: &Planned) -> bool {
    matches!(planned.row.action, Action::Create | Action::Update)
}

async fn add(
    tx: &mut Tx,
    scope: &Scope,
    language: &str,
    tasks: &[&Task],
    journal: &mut Journal,
    progress: &Progress,
) -> Result<(), Error> {
    let mut drafts = Vec::new();
    for task in tasks.iter().filter(|task| task.planned.effect.user.is_none()) {
        let effect = &task.planned.effect;
        drafts.push((
            task.user,
            users::Draft {
                first_name: effect.first_name.clone().unwrap_or_default(),
                last_name: effect.last_name.clone().unwrap_or_default(),
                email: effect.email.clone(),
                role: if effect.administrator == Some(true) { Role::Administrator } else { Role::User },
                location: effect.location,
                language: language.to_owned(),
                time_zone: users::TIME_ZONE.to_owned(),
                busy_on_busy: false,
                caller_number: None,
            },
        ));
        let row = &task.planned.row;
        journal.created.push(Created { line: row.line, user: task.user, name: row.name.clone() });
    }
    for chunk in drafts.chunks(CHUNK) {
        users::add_all(tx, scope, chunk).await?;
        progress.step(chunk.len());
    }
    Ok(())
}

/// Changes people's own rows. Who becomes an administrator comes first, so that somebody else may cease to be one.
async fn change(
    tx: &mut Tx,
    scope: &Scope,
    tasks: &[&Task],
    progress: &Progress,
) -> Result<BTreeMap<UserId, Changed>, Error> {
    let mut existing: Vec<&Task> = tasks.iter().filter(|task| task.planned.effect.user.is_some()).copied().collect();
    existing.sort_by_key(|task| task.planned.effect.administrator != Some(true));
    let mut changed = BTreeMap::new();
    for task in existing {
        let effect = &task.planned.effect;
        let mut profile = None;
        if effect.changes_profile() {
            let altered = users::alter(tx, scope, task.user, |before| {
                let draft = users::draft_of(before);
                users::Draft {
                    first_name: effect.first_name.clone().unwrap_or(draft.first_name),
                    last_name: effect.last_name.clone().unwrap_or(draft.last_name),
                    email: effect.email.clone().or(draft.email),
                    role: match effect.administrator {
                        Some(true) => Role::Administrator,
                        Some(false) => Role::User,
                        None => draft.role,
                    },
                    location: effect.location.or(draft.location),
                    ..draft
                }
            });
            let (before, after) = altered.await?.ok_or(Error::NotFound)?;
            profile = Some((Part::of(&before), Part::of(&after)));
            progress.step(1);
        }
        changed.insert(
            task.user,
            Changed {
                line: task.planned.row.line,
                user: task.user,
                name: task.planned.row.name.clone(),
                profile,
                extension: effect.extension.map(|extension| (effect.freed, extension)),
                took: effect.takes.values().copied().collect(),
                gave_up: effect.gives_up.values().copied().collect(),
                joined: effect.joins.iter().copied().collect(),
                left: effect.leaves.iter().copied().collect(),
                phones: Vec::new(),
            },
        );
    }
    Ok(changed)
}

/// Takes away what somebody else of the file may get.
async fn free(tx: &mut Tx, scope: &Scope, tasks: &[&Task], progress: &Progress) -> Result<(), Error> {
    let taken: BTreeMap<E164, NumberId> =
        tasks.iter().flat_map(|task| &task.planned.effect.takes).map(|(number, id)| (*number, *id)).collect();
    for task in tasks {
        if task.planned.effect.freed.is_some() {
            extensions::free_of(tx, scope, task.owner()).await?;
        }
        // One that goes to somebody else of the file moves there in one step.
        let returned = task.planned.effect.gives_up.iter().filter(|(number, _)| !taken.contains_key(*number));
        let returned: Vec<NumberId> = returned.map(|(_, id)| *id).collect();
        for number in numbers::find_all(tx, scope, &returned).await? {
            numbers::hand_over(tx, scope, &number, None).await?;
        }
        progress.step(task.planned.effect.gives_up.len());
    }
    Ok(())
}

async fn give(tx: &mut Tx, scope: &Scope, tasks: &[&Task], progress: &Progress) -> Result<(), Error> {
    let given: Vec<_> =
        tasks.iter().filter_map(|task| Some((task.planned.effect.extension?, task.owner(), task.named()))).collect();
    for chunk in given.chunks(CHUNK) {
        extensions::give_all(tx, scope, chunk.to_vec()).await?;
        progress.step(chunk.len());
    }
    let takers: BTreeMap<NumberId, &&Task> =
        tasks.iter().flat_map(|task| task.planned.effect.takes.values().map(move |id| (*id, task))).collect();
    let ids: Vec<NumberId> = takers.keys().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        for number in numbers::find_all(tx, scope, chunk).await? {
            if let Some(taker) = takers.get(&number.id) {
                numbers::hand_over(tx, scope, &number, Some((taker.owner(), taker.named()))).await?;
            }
        }
        progress.step(chunk.len());
    }
    Ok(())
}

async fn change_groups(tx: &mut Tx, scope: &Scope, tasks: &[&Task], progress: &Progress) -> Result<(), Error> {
    let mut changes: BTreeMap<GroupId, (Vec<UserId>, Vec<UserId>)> = BTreeMap::new();
    for task in tasks {
        for group in &task.planned.effect.joins {
            changes.entry(*group).or_default().0.push(task.user);
        }
        for group in &task.planned.effect.leaves {
            changes.entry(*group).or_default().1.push(task.user);
        }
    }
    for (group, (joining, leaving)) in changes {
        groups::change_members(tx, scope, group, &joining, &leaving).await?;
        progress.step(joining.len() + leaving.len());
    }
    Ok(())
}

async fn make_phones(
    office: &Office,
    tx: &mut Tx,
    scope: &Scope,
    language: &str,
    tasks: &[&Task],
    progress: &Progress,
) -> Result<Vec<(UserId, DeviceId)>, Error> {
    let word = if language == "de" { "Telefon" } else { "Phone" };
    let mut wanted = Vec::new();
    for task in tasks {
        for index in 1..=task.planned.effect.phones {
            let label = if index == 1 { word.to_owned() } else { format!("{word} {index}") };
            wanted.push((task.user, task.named(), label));
        }
    }
    let mut made = Vec::new();
    for chunk in wanted.chunks(CHUNK) {
        made.extend(devices::add_all(office, tx, scope, chunk.to_vec()).await?);
        progress.step(chunk.len());
    }
    Ok(made)
}
