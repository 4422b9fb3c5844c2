//! Imports that are being carried out right now. In memory: if the process ends, nothing of them has happened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use types::ids::ImportId;

/// How far one is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    pub fn expect(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
    }

    pub fn step(&self, steps: usize) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    pub fn now(&self) -> (usize, usize) {
        let total = self.total.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed).min(total), total)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<BTreeMap<ImportId, Arc<Progress>>>);

impl Running {
    /// Notes that an import begins; nothing when it is running already.
    pub fn begin(&self, id: ImportId) -> Option<Arc<Progress>> {
        let mut running = self.0.lock();
        if running.contains_key(&id) {
            return None;
        }
        let progress = Arc::new(Progress::default());
        running.insert(id, Arc::clone(&progress));
        Some(progress)
    }

    pub fn end(&self, id: ImportId) {
        self.0.lock().remove(&id);
    }

    /// How far each one is. Asked before the tables are: what does not run then is in them as it is, while one that ends in
    /// between still counts as running.
    pub fn now(&self) -> BTreeMap<ImportId, (usize, usize)> {
        self.0.lock().iter().map(|(id, progress)| (*id, progress.now())).collect()
    }
}
