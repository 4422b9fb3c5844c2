//! Storage for transactions: constant-time access by keys that never name another transaction later.

/// Names one value of an [`Arena`], or none once that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub index: u32,
    pub generation: u32,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// Values in slots that are used again, each use under a new generation.
#[derive(Debug)]
pub(super) struct Arena<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Arena<T> {
    pub fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The key that [`Self::insert`] will give next; lets a value hold its own key.
    pub fn next_key(&self) -> Key {
        match self.free.last() {
            Some(index) => {
                let generation = self.slot(*index).map_or(0, |slot| slot.generation);
                Key { index: *index, generation }
            }
            None => Key { index: u32::try_from(self.slots.len()).unwrap_or(u32::MAX), generation: 0 },
        }
    }

    pub fn insert(&mut self, value: T) -> Key {
        let key = self.next_key();
        if self.free.pop().is_none() {
            self.slots.push(Slot { generation: 0, value: None });
        }
        if let Some(slot) = self.slot_mut(key.index) {
            slot.value = Some(value);
        }
        key
    }

    pub fn get(&self, key: Key) -> Option<&T> {
        self.slot(key.index).filter(|slot| slot.generation == key.generation)?.value.as_ref()
    }

    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.slot_mut(key.index).filter(|slot| slot.generation == key.generation)?.value.as_mut()
    }

    pub fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.slot_mut(key.index).filter(|slot| slot.generation == key.generation)?;
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.index);
        Some(value)
    }

    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        self.slots.get(usize::try_from(index).ok()?)
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_names_what_came_later() {
        let mut arena = Arena::new();
        let expected = arena.next_key();
        let first = arena.insert("first");
        assert_eq!(first, expected);
        assert_eq!(arena.remove(first), Some("first"));
        assert_eq!(arena.remove(first), None);
        let expected = arena.next_key();
        let second = arena.insert("second");
        assert_eq!(second, expected);
        assert_eq!(second.index, first.index);
        assert_eq!((arena.get(first), arena.get(second)), (None, Some(&"second")));
        assert_eq!(arena.len(), 1);
    }
}
