//! Reads the directory from the tables at start.

use std::collections::BTreeMap;
use std::fmt;

use callflow::{Device, Extension, Group, Location, Number, Owner, RingPlan, RingStep, User, World};
use types::clock::Timestamp;
use types::dialled::DialPlan;
use types::ids::{AccountId, DeviceId, GroupId, UserId};
use types::sip_id::SipId;

use super::ha1::{Ha1Vault, Unsealable};
use super::{Keeping, Mode, Phone, State};
use crate::db::{Db, DbError, Row};

/// Why the directory cannot be read.
#[derive(Debug)]
pub enum LoadError {
    /// The database refuses, or holds something that does not read back.
    Db(DbError),
    /// The phones' passwords were sealed with another key file.
    Key(Unsealable),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Db(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<DbError> for LoadError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Everything, table by table. Rows of deleted users, and what refers to them, are left out.
pub(crate) async fn load(db: &Db, vault: &Ha1Vault) -> Result<State, LoadError> {
    let mut state = State::default();
    accounts(db, &mut state).await?;
    locations(db, &mut state).await?;
    users(db, &mut state).await?;
    devices(db, &mut state, vault).await?;
    groups(db, &mut state).await?;
    numbers(db, &mut state).await?;
    extensions(db, &mut state).await?;
    keeping(db, &mut state).await?;
    Ok(state)
}

async fn accounts(db: &Db, state: &mut State) -> Result<(), DbError> {
    db.each_row("SELECT id, name, country, suspended FROM accounts", |row| {
        let account: AccountId = row.id(0)?;
        let plan = DialPlan::for_country(row.text(2)?).unwrap_or_else(DialPlan::germany);
        let mut world = World::new(account, row.text(1)?, plan);
        if row.boolean(3)? {
            world.set_suspended(true);
        }
        state.open_account(account, world);
        Ok(())
    })
    .await
}

async fn locations(db: &Db, state: &mut State) -> Result<(), DbError> {
    let sql = "SELECT account, id, name, area_code, street, number, postcode, city FROM locations";
    db.each_row(sql, |row| {
        let Some(world) = state.world_mut(row.id(0)?) else { return Ok(()) };
        let mut complete = true;
        for part in 4..8 {
            complete &= !row.text(part)?.is_empty();
        }
        world.upsert_location(Location {
            id: row.id(1)?,
            name: row.text(2)?.into(),
            address_complete: complete,
            area_code: row.text_or_null(3)?.map(Into::into),
        });
        Ok(())
    })
    .await
}

async fn users(db: &Db, state: &mut State) -> Result<(), DbError> {
    let mut plans = ring_plans(db).await?;
    let sql = "SELECT account, id, first_name, last_name, blocked, location, caller_number, busy_on_busy \
               FROM users WHERE deleted IS NULL";
    db.each_row(sql, |row| {
        let Some(world) = state.world_mut(row.id(0)?) else { return Ok(()) };
        let id: UserId = row.id(1)?;
        let (first, last) = (row.text(2)?, row.text(3)?);
        let caller_number = row.text_or_null(6)?.map(str::parse).transpose();
        world.upsert_user(User {
            id,
            name: if last.is_empty() { first.into() } else { format!("{first} {last}").trim_start().into() },
            blocked: row.boolean(4)?,
            location: row.id_or_null(5)?,
            caller_number: caller_number.map_err(|_| DbError::Damaged("users.caller_number"))?,
            busy_on_busy: row.boolean(7)?,
            steps: plans.remove(&id).unwrap_or_default(),
        });
        Ok(())
    })
    .await
}

async fn ring_plans(db: &Db) -> Result<BTreeMap<UserId, RingPlan>, DbError> {
    let mut steps: BTreeMap<UserId, Vec<RingStep>> = BTreeMap::new();
    db.each_row("SELECT \"user\", seconds, devices FROM ring_steps ORDER BY \"user\", position", |row| {
        let damaged = DbError::Damaged("ring_steps.devices");
        let devices: Vec<DeviceId> = serde_json::from_str(row.text(2)?).map_err(|_| damaged)?;
        let seconds = u16::try_from(row.small(1)?).unwrap_or(callflow::world::DEFAULT_RING_SECONDS);
        steps.entry(row.id(0)?).or_default().push(RingStep { devices, seconds });
        Ok(())
    })
    .await?;
    steps
        .into_iter()
        .map(|(user, steps)| Ok((user, RingPlan::new(steps).map_err(|_| DbError::Damaged("ring_steps"))?)))
        .collect()
}

async fn devices(db: &Db, state: &mut State, vault: &Ha1Vault) -> Result<(), LoadError> {
    let mut unsealable = None;
    let sql = "SELECT account, id, \"user\", label, sip_id, ha1_sealed, first_registered, kind, number \
               FROM devices ORDER BY id";
    db.each_row(sql, |row| {
        let (account, device, user): (AccountId, DeviceId, UserId) = (row.id(0)?, row.id(1)?, row.id(2)?);
        let sip_id = match row.integer_or_null(4)? {
            Some(sip_id) => Some(SipId::from_i64(sip_id).ok_or(DbError::Damaged("devices.sip_id"))?),
            None => None,
        };
        let registered = row.integer_or_null(6)?.is_some();
        let access = match sip_id {
            None => None,
            Some(sip_id) => match vault.open(device, row.bytes(5)?) {
                Ok(ha1) => Some((sip_id, Phone { account, device, user, registered, ha1 })),
                Err(error) => {
                    unsealable = Some(error);
                    return Err(DbError::Damaged("devices.ha1_sealed"));
                }
            },
        };
        let number =
            row.text_or_null(8)?.map(str::parse).transpose().map_err(|_| DbError::Damaged("devices.number"))?;
        let kind = crate::devices::kind(row.text(7)?, sip_id, number, registered);
        let kind = kind.ok_or(DbError::Damaged("devices.kind"))?;
        let Some(world) = state.world_mut(account).filter(|world| world.user(user).is_some()) else {
            return Ok(());
        };
        world.upsert_device(Device { id: device, user, label: row.text(3)?.into(), kind });
        if let Some((sip_id, phone)) = access {
            state.admit(sip_id, phone);
        }
        Ok(())
    })
    .await
    .map_err(|error| unsealable.map_or(LoadError::Db(error), LoadError::Key))
}

async fn groups(db: &Db, state: &mut State) -> Result<(), DbError> {
    let mut members: BTreeMap<GroupId, Vec<UserId>> = BTreeMap::new();
    db.each_row("SELECT \"group\", \"user\" FROM group_members ORDER BY \"group\", position", |row| {
        members.entry(row.id(0)?).or_default().push(row.id(1)?);
        Ok(())
    })
    .await?;
    db.each_row("SELECT account, id, name, ring_seconds FROM groups", |row| {
        let Some(world) = state.world_mut(row.id(0)?) else { return Ok(()) };
        let id: GroupId = row.id(1)?;
        let mut members = members.remove(&id).unwrap_or_default();
        members.retain(|member| world.user(*member).is_some());
        world.upsert_group(Group {
            id,
            name: row.text(2)?.into(),
            members,
            seconds: u16::try_from(row.small(3)?).unwrap_or(callflow::world::DEFAULT_RING_SECONDS),
        });
        Ok(())
    })
    .await
}

async fn numbers(db: &Db, state: &mut State) -> Result<(), DbError> {
    let sql = "SELECT account, id, e164, owner_user, owner_group FROM numbers WHERE account IS NOT NULL";
    db.each_row(sql, |row| {
        let account = row.id(0)?;
        let e164 = row.text(2)?.parse().map_err(|_| DbError::Damaged("numbers.e164"))?;
        let Some(world) = state.world_mut(account) else { return Ok(()) };
        let owner = owner(&row, 3)?.filter(|owner| world.owner_name(*owner).is_some());
        world.upsert_number(Number { id: row.id(1)?, e164, owner });
        state.claim_number(e164, account);
        Ok(())
    })
    .await
}

async fn extensions(db: &Db, state: &mut State) -> Result<(), DbError> {
    db.each_row("SELECT account, id, number, owner_user, owner_group FROM extensions", |row| {
        let Some(world) = state.world_mut(row.id(0)?) else { return Ok(()) };
        let number = row.text(2)?.parse().map_err(|_| DbError::Damaged("extensions.number"))?;
        if let Some(owner) = owner(&row, 3)?.filter(|owner| world.owner_name(*owner).is_some()) {
            world.upsert_extension(Extension { id: row.id(1)?, number, owner });
        }
        Ok(())
    })
    .await
}

async fn keeping(db: &Db, state: &mut State) -> Result<(), DbError> {
    db.each_row("SELECT account, mode, then_mode, then_from FROM call_list_settings", |row| {
        let mode = |index| {
            let text: Option<&str> = row.text_or_null(index)?;
            text.map(|text| Mode::from_stored(text).ok_or(DbError::Damaged("call_list_settings.mode"))).transpose()
        };
        let then = mode(2)?.zip(row.integer_or_null(3)?.map(Timestamp));
        state.set_keeping(row.id(0)?, Keeping { mode: mode(1)?, then });
        Ok(())
    })
    .await
}

fn owner(row: &Row<'_>, at: usize) -> Result<Option<Owner>, DbError> {
    Ok(match (row.id_or_null(at)?, row.id_or_null(at + 1)?) {
        (Some(user), _) => Some(Owner::User(user)),
        (None, Some(group)) => Some(Owner::Group(group)),
        (None, None) => None,
    })
}
