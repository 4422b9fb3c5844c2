//! Carrying out a wish about what rings, in one transaction.

use callflow::{Owner, RingPlan, RingStep};
use types::extension_number::ExtensionNumber;
use types::ids::UserId;

use super::error::Error;
use super::model::{Lost, LostKind, LostReason, Taken};
use super::rules::{self, Wish};
use super::store;
use crate::db::Tx;
use crate::extensions::Extension;
use crate::http::Patch;
use crate::numbers::Number;
use crate::owners::{self, NamedOwner};
use crate::scope::Scope;
use crate::versions::{self, Arrangement};
use crate::{Office, audit, extensions, groups, numbers};

/// Writes everything of the wish that is not so already. `before` is what rings now.
pub(super) async fn carry_out(
    office: &Office,
    tx: &mut Tx,
    scope: &Scope,
    owner: Owner,
    before: &Arrangement,
    wish: Wish,
) -> Result<(), Error> {
    let named = owners::find(tx.conn(), scope, owner).await?.ok_or(Error::NotFound)?;
    let mut conflicts = Vec::new();
    let numbers = moves_of_numbers(tx, scope, owner, before, wish.numbers.as_deref(), &mut conflicts).await?;
    let extension = move_of_extension(
        office,
        tx,
        scope,
        owner,
        before,
        (&wish.extension, wish.extension_moved_from),
        &mut conflicts,
    )
    .await?;
    if !scope.is_administrator() {
        if !numbers.is_empty() || conflicts.iter().any(|taken| taken.pointer != "/extension") {
            return Err(Error::AdministratorsOnly("numbers"));
        }
        if !matches!(extension, ExtensionMove::None) || !conflicts.is_empty() {
            return Err(Error::AdministratorsOnly("extension"));
        }
    }
    if !conflicts.is_empty() {
        return Err(Error::Taken(conflicts));
    }
    // Everybody whose phones are reached in another way by this.
    let mut touched = vec![owner];
    for (number, takes) in &numbers {
        touched.extend(number.owner.as_ref().and_then(NamedOwner::owner));
        numbers::hand_over(tx, scope, number, takes.then(|| (owner, named.clone()))).await?;
    }
    touched.extend(change_extension(tx, scope, owner, before, extension, named).await?);
    match owner {
        Owner::User(user) => {
            if let Some(plan) = wish.steps {
                change_steps(tx, scope, user, before, plan).await?;
            }
        }
        Owner::Group(group) => {
            if let Some(members) = &wish.members {
                check_members(tx, scope, members).await?;
            }
            groups::arrange(tx, scope, group, wish.seconds, wish.members.as_deref()).await?;
        }
    }
    if let Some(after) = versions::present(tx, scope, owner).await?.filter(|after| !after.rings_like(before)) {
        let id = match owner {
            Owner::User(user) => user.to_string(),
            Owner::Group(group) => group.to_string(),
        };
        audit::record(tx, scope, audit::Change::new("routing.edit", id).before(before).after(&after)).await?;
    }
    touched.sort();
    touched.dedup();
    for owner in touched {
        versions::note(tx, scope, owner).await?;
    }
    Ok(())
}

/// Numbers that change hands: to the owner (true) or back to the account.
async fn moves_of_numbers(
    tx: &Tx,
    scope: &Scope,
    owner: Owner,
    before: &Arrangement,
    wished: Option<&[(types::ids::NumberId, Option<Owner>)]>,
    conflicts: &mut Vec<Taken>,
) -> Result<Vec<(Number, bool)>, Error> {
    let Some(wished) = wished else { return Ok(Vec::new()) };
    let mut ids: Vec<_> = wished.iter().map(|(id, _)| *id).collect();
    ids.extend(before.numbers.iter().map(|number| number.id));
    let found = numbers::find_all(tx, scope, &ids).await?;
    let mut moves: Vec<(Number, bool)> = Vec::new();
    for (index, (id, moved_from)) in wished.iter().enumerate() {
        let number = found.iter().find(|number| number.id == *id).ok_or(Error::NumberUnknown { index })?;
        match &number.owner {
            Some(present) if owners::same(present, owner) => {}
            Some(present) if !moved_from.is_some_and(|from| owners::same(present, from)) => conflicts.push(Taken {
                pointer: format!("/numbers/{index}"),
                value: number.number.to_string(),
                owner: present.clone(),
            }),
            _ if moves.iter().any(|(other, _)| other.id == *id) => {}
            _ => moves.push((number.clone(), true)),
        }
    }
    let given_back = found.into_iter().filter(|number| {
        let own = number.owner.as_ref().is_some_and(|present| owners::same(present, owner));
        own && !wished.iter().any(|(id, _)| *id == number.id)
    });
    moves.extend(given_back.map(|number| (number, false)));
    Ok(moves)
}

enum ExtensionMove {
    None,
    /// The owner has none from now on.
    Free,
    /// The owner has this one from now on; it is taken from whoever has it.
    Take(ExtensionNumber, Option<Extension>),
}

async fn move_of_extension(
    office: &Office,
    tx: &Tx,
    scope: &Scope,
    owner: Owner,
    before: &Arrangement,
    (wished, moved_from): (&Patch<String>, Option<Owner>),
    conflicts: &mut Vec<Taken>,
) -> Result<ExtensionMove, Error> {
    let digits = match wished {
        Patch::Keep => return Ok(ExtensionMove::None),
        Patch::Clear if before.extension.is_none() => return Ok(ExtensionMove::None),
        Patch::Clear => return Ok(ExtensionMove::Free),
        Patch::Set(digits) => digits,
    };
    let plan = office.directory().with_world(scope.account(), |world| *world.plan()).ok_or(Error::NotFound)?;
    let number = extensions::check_digits(digits, &plan)?;
    if before.extension == Some(number) {
        return Ok(ExtensionMove::None);
    }
    let present = extensions::by_number(tx, scope, number).await?;
    if let Some(present) = &present
        && !owners::same(&present.owner, owner)
        && !moved_from.is_some_and(|from| owners::same(&present.owner, from))
    {
        let (pointer, value) = ("/extension".to_owned(), number.to_string());
        conflicts.push(Taken { pointer, value, owner: present.owner.clone() });
    }
    Ok(ExtensionMove::Take(number, present))
}

/// Answers whom the extension was taken from.
async fn change_extension(
    tx: &mut Tx,
    scope: &Scope,
    owner: Owner,
    before: &Arrangement,
    wanted: ExtensionMove,
    named: NamedOwner,
) -> Result<Option<Owner>, Error> {
    if matches!(wanted, ExtensionMove::None) {
        return Ok(None);
    }
    if let Some(number) = before.extension
        && let Some(present) = extensions::by_number(tx, scope, number).await?
    {
        extensions::free(tx, scope, &present).await?;
    }
    let ExtensionMove::Take(number, taken) = wanted else { return Ok(None) };
    let former = taken.as_ref().and_then(|taken| taken.owner.owner());
    if let Some(taken) = taken {
        extensions::free(tx, scope, &taken).await?;
    }
    extensions::give(tx, scope, number, owner, named).await?;
    Ok(former)
}

async fn change_steps(
    tx: &mut Tx,
    scope: &Scope,
    user: UserId,
    before: &Arrangement,
    plan: RingPlan,
) -> Result<(), Error> {
    let own: Vec<_> = before.devices.iter().map(|device| device.id).collect();
    if let Some((step, device)) = rules::foreign_device(&plan, &own) {
        return Err(Error::DeviceUnknown { step, device });
    }
    store::replace(tx, scope, user, &plan).await?;
    tx.world_change(scope.account(), move |world| {
        if let Some(present) = world.user(user) {
            let changed = callflow::User { steps: plan, ..present.clone() };
            world.upsert_user(changed);
        }
    });
    Ok(())
}

async fn check_members(tx: &Tx, scope: &Scope, members: &[UserId]) -> Result<(), Error> {
    if members.len() > groups::MAX_MEMBERS {
        return Err(Error::GroupFull);
    }
    let known = owners::names(tx.conn(), scope, members.iter().copied().map(Owner::User)).await?;
    match members.iter().position(|member| !known.contains_key(&member.to_string())) {
        Some(index) => Err(Error::MemberUnknown { index }),
        None => Ok(()),
    }
}

/// The wish that makes `now` what it was `then`, and what has to be left out of it.
pub(super) async fn to_return(
    tx: &Tx,
    scope: &Scope,
    owner: Owner,
    now: &Arrangement,
    then: &Arrangement,
) -> Result<(Wish, Vec<Lost>), Error> {
    let mut lost = Vec::new();
    let mut wish = Wish::default();
    match owner {
        Owner::User(_) => wish.steps = Some(steps_of(now, then, &mut lost)),
        Owner::Group(_) => {
            wish.seconds = then.seconds;
            let members = then.members.iter().map(|member| member.id);
            let known = owners::names(tx.conn(), scope, members.map(Owner::User)).await?;
            let (there, gone): (Vec<_>, Vec<_>) =
                then.members.iter().partition(|member| known.contains_key(&member.id.to_string()));
            wish.members = Some(there.iter().map(|member| member.id).collect());
            lost.extend(gone.iter().map(|member| left_out(LostKind::Member, &member.name, LostReason::Gone, None)));
        }
    }
    let administers = scope.is_administrator();
    let ids: Vec<_> = then.numbers.iter().map(|number| number.id).collect();
    let found = numbers::find_all(tx, scope, &ids).await?;
    let mut numbers = Vec::new();
    for number in &then.numbers {
        let present = found.iter().find(|present| present.id == number.id);
        let other = present.and_then(|present| present.owner.clone()).filter(|present| !owners::same(present, owner));
        let reason = match (present, &other) {
            _ if now.numbers.iter().any(|own| own.id == number.id) => None,
            (None, _) => Some(LostReason::Gone),
            (Some(_), Some(_)) => Some(LostReason::Taken),
            (Some(_), None) if !administers => Some(LostReason::AdministratorsOnly),
            (Some(_), None) => None,
        };
        match reason {
            None => numbers.push((number.id, None)),
            Some(reason) => lost.push(left_out(LostKind::Number, &number.number, reason, other)),
        }
    }
    if administers {
        wish.numbers = Some(numbers);
    }
    wish.extension = match then.extension {
        number if number == now.extension || (number.is_none() && !administers) => Patch::Keep,
        None => Patch::Clear,
        Some(number) => {
            let other = extensions::by_number(tx, scope, number).await?.map(|present| present.owner);
            let reason = if other.is_some() { LostReason::Taken } else { LostReason::AdministratorsOnly };
            if other.is_none() && administers {
                Patch::Set(number.to_string())
            } else {
                lost.push(left_out(LostKind::Extension, &number, reason, other));
                Patch::Keep
            }
        }
    };
    Ok((wish, lost))
}

fn steps_of(now: &Arrangement, then: &Arrangement, lost: &mut Vec<Lost>) -> RingPlan {
    let there = |device: &&versions::DeviceThen| now.devices.iter().any(|own| own.id == device.id);
    let steps = then.steps.iter().map(|step| RingStep {
        devices: step.devices.iter().filter(there).map(|device| device.id).collect(),
        seconds: step.seconds,
    });
    let steps = steps.filter(|step| !step.devices.is_empty()).collect();
    for device in then.steps.iter().flat_map(|step| &step.devices).filter(|device| !there(device)) {
        let gone = left_out(LostKind::Device, &device.label, LostReason::Gone, None);
        if !lost.contains(&gone) {
            lost.push(gone);
        }
    }
    // What was a plan is one with less in it too.
    RingPlan::new(steps).unwrap_or_default()
}

fn left_out(r#type: LostKind, value: &impl ToString, reason: LostReason, owner: Option<NamedOwner>) -> Lost {
    Lost { r#type, value: value.to_string(), reason, owner }
}
