//! Where the text messages of a story go.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use office::Texting;
use office::ports::{TextLine, TextPart, Undelivered};
use parking_lot::Mutex;

/// An SMSC that keeps what it is given, unless it was told to refuse. Its parts are called `1`, `2` and so on.
#[derive(Default)]
pub struct TextBox {
    pub parts: Mutex<Vec<TextPart>>,
    /// What it says to the next parts, in this order; nothing for one that it takes.
    pub refusals: Mutex<VecDeque<Option<Undelivered>>>,
    /// The next part panics instead of being taken.
    pub breaks: AtomicBool,
    /// Whether the installation has no line at all.
    pub absent: AtomicBool,
}

impl TextBox {
    /// What came since the last time: to whom, from whom, and what, part by part.
    pub fn empty(&self) -> Vec<(String, String, String)> {
        let parts = std::mem::take(&mut *self.parts.lock());
        parts.into_iter().map(|part| (part.to.to_string(), part.from.to_string(), part.text)).collect()
    }

    /// How an office sends through it.
    pub fn texting(self: &Arc<Self>) -> Texting {
        let line: Arc<dyn TextLine> = Arc::<Self>::clone(self);
        let line = (!self.absent.load(Ordering::SeqCst)).then_some(line);
        Texting { line, sender: "Ringwerk".parse().unwrap(), per_minute: 20, per_day: 30 }
    }
}

/// The name of the `number`-th part of a message.
pub fn name(part: &TextPart) -> String {
    format!("{:02x}{}", part.reference, part.number)
}

impl TextLine for TextBox {
    fn send<'a>(
        &'a self,
        part: &'a TextPart,
    ) -> Pin<Box<dyn Future<Output = Result<String, Undelivered>> + Send + 'a>> {
        assert!(!self.breaks.swap(false, Ordering::SeqCst), "the line is broken");
        let refusal = self.refusals.lock().pop_front().flatten();
        let verdict = match refusal {
            Some(refusal) => Err(refusal),
            None => {
                self.parts.lock().push(part.clone());
                Ok(name(part))
            }
        };
        Box::pin(async { verdict })
    }
}
