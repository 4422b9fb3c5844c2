//! Changes, applied in place after the office committed them.

use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, GroupId, LocationId, UserId};

use super::{Device, DeviceKind, Extension, Group, Location, Number, Owner, User, World};
use types::dialled::DialPlan;

impl World {
    /// Gives the account another name.
    pub fn set_name(&mut self, name: &str) {
        self.revision += 1;
        self.name = name.into();
    }

    /// Changes how the account's country dials.
    pub fn set_plan(&mut self, plan: DialPlan) {
        self.revision += 1;
        self.plan = plan;
    }

    /// Suspends the account or lifts that.
    pub fn set_suspended(&mut self, suspended: bool) {
        self.revision += 1;
        self.suspended = suspended;
    }

    /// Adds a user or replaces the one with this id.
    pub fn upsert_user(&mut self, user: User) {
        self.revision += 1;
        self.users.put(user);
    }

    /// Removes a user with devices, extensions and memberships. The user's numbers stay, unassigned.
    pub fn remove_user(&mut self, id: UserId) {
        self.revision += 1;
        self.users.take(id.as_u128());
        let devices: Vec<DeviceId> = self.devices_of(id).map(|device| device.id).collect();
        devices.into_iter().for_each(|device| self.remove_device(device));
        self.groups.values_mut().for_each(|group| group.members.retain(|member| *member != id));
        self.disown(Owner::User(id));
    }

    /// Adds a device or replaces the one with this id.
    pub fn upsert_device(&mut self, device: Device) {
        self.revision += 1;
        let (user, id) = (device.user, device.id);
        if let Some(old) = self.devices.put(device)
            && old.user != user
        {
            self.devices_of.remove(&(old.user, id));
            if let Some(former) = self.users.find_mut(old.user.as_u128()) {
                former.steps.forget(id);
            }
        }
        self.devices_of.insert((user, id));
    }

    /// Notes that a device registered for the first time.
    pub fn set_ever_registered(&mut self, id: DeviceId) {
        self.revision += 1;
        if let Some(device) = self.devices.find_mut(id.as_u128())
            && let DeviceKind::Voip { ever_registered, .. } = &mut device.kind
        {
            *ever_registered = true;
        }
    }

    /// Removes a device, also from its user's steps.
    pub fn remove_device(&mut self, id: DeviceId) {
        self.revision += 1;
        if let Some(device) = self.devices.take(id.as_u128()) {
            self.devices_of.remove(&(device.user, id));
            if let Some(user) = self.users.find_mut(device.user.as_u128()) {
                user.steps.forget(id);
            }
        }
    }

    /// Adds a group or replaces the one with this id.
    pub fn upsert_group(&mut self, group: Group) {
        self.revision += 1;
        self.groups.insert(group.id, group);
    }

    /// Removes a group with its extensions. The group's numbers stay, unassigned.
    pub fn remove_group(&mut self, id: GroupId) {
        self.revision += 1;
        self.groups.remove(&id);
        self.disown(Owner::Group(id));
    }

    /// Adds a location or replaces the one with this id.
    pub fn upsert_location(&mut self, location: Location) {
        self.revision += 1;
        self.locations.insert(location.id, location);
    }

    /// Removes a location. Who worked there works nowhere, as far as the exchange knows.
    pub fn remove_location(&mut self, id: LocationId) {
        self.revision += 1;
        self.locations.remove(&id);
    }

    /// Adds a number, or replaces what was known of it: assigning, moving and releasing are all this.
    pub fn upsert_number(&mut self, number: Number) {
        self.revision += 1;
        if let Some(former) = self.numbers.insert(number.e164, number).and_then(|old| old.owner) {
            self.numbers_of.remove(&(former, number.e164));
        }
        if let Some(owner) = number.owner {
            self.numbers_of.insert((owner, number.e164));
        }
    }

    /// Takes a number out of the account.
    pub fn remove_number(&mut self, number: E164) {
        self.revision += 1;
        if let Some(owner) = self.numbers.remove(&number).and_then(|old| old.owner) {
            self.numbers_of.remove(&(owner, number));
        }
    }

    /// Adds an extension or gives it to another owner.
    pub fn upsert_extension(&mut self, extension: Extension) {
        self.revision += 1;
        if let Some(old) = self.extensions.insert(extension.number, extension) {
            self.extensions_of.remove(&(old.owner, old.number));
        }
        self.extensions_of.insert((extension.owner, extension.number));
    }

    /// Removes an extension.
    pub fn remove_extension(&mut self, number: ExtensionNumber) {
        self.revision += 1;
        if let Some(old) = self.extensions.remove(&number) {
            self.extensions_of.remove(&(old.owner, number));
        }
    }

    /// Removes an owner's extensions and leaves the numbers to nobody.
    fn disown(&mut self, owner: Owner) {
        let numbers: Vec<E164> = self.numbers_of(owner).collect();
        for number in numbers {
            self.numbers_of.remove(&(owner, number));
            if let Some(entry) = self.numbers.get_mut(&number) {
                entry.owner = None;
            }
        }
        let extensions: Vec<ExtensionNumber> = self.extensions_of(owner).collect();
        for number in extensions {
            self.extensions_of.remove(&(owner, number));
            self.extensions.remove(&number);
        }
    }
}
