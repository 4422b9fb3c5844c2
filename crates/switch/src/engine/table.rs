//! A slab whose keys go stale: a key of a value that is gone never finds its successor in the same place.

/// Names a value in a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    place: u32,
    generation: u32,
}

/// Values in a vector, with the places of removed ones used again. Iteration goes by place, so it is deterministic.
#[derive(Debug)]
pub struct Table<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Table<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Puts in the value that `make` builds for its key, if it builds one.
    pub fn try_insert_with(&mut self, make: impl FnOnce(Key) -> Option<T>) -> Option<Key> {
        if let Some(place) = self.free.last().copied()
            && let Some(slot) = self.places.get_mut(place as usize)
        {
            let key = Key { place, generation: slot.generation };
            slot.value = Some(make(key)?);
            self.free.pop();
            return Some(key);
        }
        let key = Key { place: u32::try_from(self.places.len()).unwrap_or(u32::MAX), generation: 0 };
        self.places.push(Place { generation: 0, value: Some(make(key)?) });
        Some(key)
    }

    /// Puts in the value that `make` builds for its key.
    pub fn insert_with(&mut self, make: impl FnOnce(Key) -> T) -> Option<Key> {
        self.try_insert_with(|key| Some(make(key)))
    }

    /// The value, to be changed.
    pub fn find_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.places.get_mut(key.place as usize)?;
        if slot.generation == key.generation { slot.value.as_mut() } else { None }
    }

    /// Takes a value out; its key finds nothing from now on.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.places.get_mut(key.place as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.place);
        Some(value)
    }

    /// All values by place, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().filter_map(|slot| slot.value.as_mut())
    }

    /// All values by place.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        self.places.iter().zip(0u32..).filter_map(|(slot, place)| {
            slot.value.as_ref().map(|value| (Key { place, generation: slot.generation }, value))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stale_key_finds_nothing_though_its_place_is_used_again() {
        let mut table = Table::default();
        let first = table.insert_with(|_| "first").unwrap();
        assert_eq!(table.remove(first), Some("first"));
        assert_eq!(table.try_insert_with(|_| None), None);
        let second = table.insert_with(|_| "second").unwrap();
        assert_eq!(second.place, first.place);
        assert_eq!(table.find_mut(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.find_mut(second), Some(&mut "second"));
        assert_eq!(table.len(), 1);
        assert_eq!(table.iter().collect::<Vec<_>>(), [(second, &"second")]);
    }
}
