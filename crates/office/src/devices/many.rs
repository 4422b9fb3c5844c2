//! Use-cases for phones within a larger transaction.

use std::sync::Arc;

use types::ids::{DeviceId, UserId};

use super::model::Device;
use super::{Error, password, store};
use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::directory::{Ha1, Phone};
use crate::http::Moment;
use crate::owners::NamedOwner;
use crate::periods::{self, Subject};
use crate::scope::Scope;
use crate::versions;

/// Gives many users a VoIP phone each, in a transaction that has checked how many they have. Nobody sees the passwords:
/// a phone gets a new one when it is set up. The caller keeps the versions of what rings.
pub(crate) async fn add_all(
    office: &Office,
    tx: &mut Tx,
    scope: &Scope,
    wanted: Vec<(UserId, NamedOwner, String)>,
) -> Result<Vec<(UserId, DeviceId)>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let sip_ids = store::next_sip_ids(tx, scope, wanted.len()).await?.ok_or(Error::SipIdsUsedUp)?;
    let (account, now) = (scope.account(), Moment(tx.now()));
    let (mut rows, mut devices, mut phones) = (Vec::new(), Vec::new(), Vec::new());
    for ((user, owner, label), sip_id) in wanted.into_iter().zip(sip_ids) {
        let id = DeviceId::new(tx.now(), tx.entropy());
        let password = password::generate(tx.entropy());
        let ha1 = Ha1::new(&sip_id.to_string(), office.sip_domain(), password.expose());
        let ha1_sealed = office.vault().seal(id, &ha1, tx.entropy());
        rows.push(store::NewRow { id, user, label: label.clone(), registers: store::Registers { sip_id, ha1_sealed } });
        phones.push((sip_id, Phone { account, device: id, user, registered: false, ha1 }));
        devices.push(Device {
            id,
            user: owner,
            kind: "voip".to_owned(),
            label,
            sip_id: Some(sip_id),
            number: None,
            included: false,
            fee: None,
            presence: None,
            first_registered_at: None,
            created_at: now,
            version: 1,
        });
    }
    store::insert_all(tx, scope, &rows).await?;
    let change = |device: &Device| audit::Change::new("devices.create", device.id).after(device);
    audit::record_all(tx, scope, devices.iter().map(change).collect()).await?;
    periods::begin_many(tx, scope, rows.iter().map(|row| Subject::Device(row.id, row.user))).await?;
    let in_world: Vec<callflow::Device> =
        devices.iter().zip(&rows).map(|(device, row)| device.to_world(row.user)).collect::<Result<_, _>>()?;
    let made = rows.iter().map(|row| (row.user, row.id)).collect();
    tx.directory_change(move |state| {
        for (device, (sip_id, phone)) in in_world.into_iter().zip(phones) {
            state.admit(sip_id, phone);
            if let Some(world) = state.world_mut(account) {
                world.upsert_device(device);
            }
        }
    });
    Ok(made)
}

/// Removes a phone in a transaction and disconnects it.
pub(crate) async fn remove(office: &Office, tx: &mut Tx, scope: &Scope, id: DeviceId) -> Result<(), Error> {
    let device = store::reachable(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let user = device.user_id().ok_or(DbError::Damaged("devices.user"))?;
    periods::end(tx, scope, Subject::Device(id, user), &device.label).await?;
    store::delete(tx, scope, &device).await?;
    audit::record(tx, scope, audit::Change::new("devices.delete", id).before(&device)).await?;
    let (account, sip_id, phones) = (scope.account(), device.sip_id, Arc::clone(office.phones()));
    tx.directory_change(move |state| {
        if let Some(sip_id) = sip_id {
            state.dismiss(sip_id);
        }
        if let Some(world) = state.world_mut(account) {
            world.remove_device(id);
        }
        phones.disconnect(id);
    });
    if let Some(owner) = device.user.owner() {
        versions::note(tx, scope, owner).await?;
    }
    Ok(())
}
