//! Rows found by a key that they hold themselves.

use hashbrown::HashTable;

/// A row of a [`Table`].
pub(super) trait Keyed {
    /// Bits that no other row of the table has.
    fn key(&self) -> u128;
}

/// A dense list of rows and an index of five bytes a row: a hash map that stores each key once, inside the row.
#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    rows: Vec<T>,
    index: HashTable<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: HashTable::new() }
    }
}

impl<T: Keyed> Table<T> {
    pub(super) fn find(&self, key: u128) -> Option<&T> {
        self.position(key).and_then(|position| self.rows.get(position))
    }

    pub(super) fn find_mut(&mut self, key: u128) -> Option<&mut T> {
        self.position(key).and_then(|position| self.rows.get_mut(position))
    }

    /// Puts a row in, and returns the one with the same key that it replaces.
    pub(super) fn put(&mut self, row: T) -> Option<T> {
        let key = row.key();
        if let Some(old) = self.find_mut(key) {
            return Some(std::mem::replace(old, row));
        }
        // Four thousand million rows do not fit any machine this runs on.
        let position = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(row);
        let rows = &self.rows;
        self.index.insert_unique(hash(key), position, |at| rows.get(*at as usize).map_or(0, |row| hash(row.key())));
        None
    }

    /// Takes a row out; the last row moves into its place.
    pub(super) fn take(&mut self, key: u128) -> Option<T> {
        let rows = &self.rows;
        let entry = self.index.find_entry(hash(key), |at| rows.get(*at as usize).is_some_and(|row| row.key() == key));
        let (position, _) = entry.ok()?.remove();
        let last = self.rows.len().checked_sub(1)?;
        if last != position as usize
            && let Some(moved) = self.rows.last().map(Keyed::key)
            && let Some(at) = self.index.find_mut(hash(moved), |at| *at as usize == last)
        {
            *at = position;
        }
        Some(self.rows.swap_remove(position as usize))
    }

    pub(super) fn rows(&self) -> &[T] {
        &self.rows
    }

    fn position(&self, key: u128) -> Option<usize> {
        let rows = &self.rows;
        self.index
            .find(hash(key), |at| rows.get(*at as usize).is_some_and(|row| row.key() == key))
            .map(|position| *position as usize)
    }
}

/// Mixes all bits into all bits (the finaliser of SplitMix64). The keys are ids that Ringwerk made itself, so nobody
/// outside can choose them to collide.
fn hash(key: u128) -> u64 {
    let folded =
        u64::try_from(key >> 64).unwrap_or(0).rotate_left(32) ^ u64::try_from(key & u128::from(u64::MAX)).unwrap_or(0);
    let mixed = (folded ^ (folded >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Row(u128, u8);

    impl Keyed for Row {
        fn key(&self) -> u128 {
            self.0
        }
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_map(actions in prop::collection::vec((any::<bool>(), 0u128..40, any::<u8>()), 0..400)) {
            let mut table = Table::default();
            let mut map = BTreeMap::new();
            for (put, key, value) in actions {
                if put {
                    prop_assert_eq!(table.put(Row(key, value)), map.insert(key, value).map(|old| Row(key, old)));
                } else {
                    prop_assert_eq!(table.take(key), map.remove(&key).map(|old| Row(key, old)));
                }
                prop_assert_eq!(table.rows().len(), map.len());
                for key in 0..40 {
                    prop_assert_eq!(table.find(key).map(|row| row.1), map.get(&key).copied());
                }
            }
        }
    }
}
