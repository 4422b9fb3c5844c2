//! Receipts: what became of a part (SMPP 3.4 appendix B).

use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::MessageState;

/// What became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The phone has it.
    Delivered,
    /// It never will, in the SMSC's word: `EXPIRED`, `UNDELIV`, `REJECTD`, `DELETED`.
    Failed(String),
}

/// A receipt for one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The part, by the name the SMSC gave it.
    pub reference: String,
    /// What became of it.
    pub fate: Fate,
}

/// What the SMSC brings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// A last word on a part.
    Receipt(Receipt),
    /// A word on the way that changes nothing.
    Progress,
    /// Somebody writes to us.
    Message,
}

/// Most characters of a word of the SMSC that are kept.
const LONGEST: usize = 64;

pub(crate) fn read(deliver: &DeliverSm) -> Delivered {
    let class = u8::from(deliver.esm_class);
    // Message type in bits 5 to 2: 0001 is a receipt, 1000 a notification on the way (SMPP 3.4 section 5.2.12).
    match class & 0b0011_1100 {
        0b0000_0100 => {}
        0b0010_0000 => return Delivered::Progress,
        _ => return Delivered::Message,
    }
    let text = String::from_utf8_lossy(deliver.short_message().as_ref()).into_owned();
    let (mut reference, mut state) = (None, None);
    for tlv in deliver.tlvs() {
        match tlv.value() {
            Some(TlvValue::ReceiptedMessageId(id)) => reference = Some(id.as_str().to_owned()),
            Some(TlvValue::MessageState(is)) => state = Some(word(*is).to_owned()),
            _ => {}
        }
    }
    let reference = reference.or_else(|| field(&text, "id:")).filter(|reference| !reference.is_empty());
    let state = state.or_else(|| field(&text, "stat:")).unwrap_or_default().to_ascii_uppercase();
    let Some(reference) = reference else { return Delivered::Progress };
    let fate = match state.as_str() {
        "DELIVRD" | "ACCEPTD" => Fate::Delivered,
        "EXPIRED" | "UNDELIV" | "REJECTD" | "DELETED" | "SKIPPED" => Fate::Failed(state),
        _ => return Delivered::Progress,
    };
    Delivered::Receipt(Receipt { reference: reference.chars().take(LONGEST).collect(), fate })
}

/// The word after a name in the text of a receipt. What is after `text:` was written by the sender and says nothing.
fn field(text: &str, name: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let end = lower.find("text:").unwrap_or(lower.len());
    let start = lower.get(..end)?.find(name)? + name.len();
    let word: String = text.get(start..end)?.chars().take_while(|c| !c.is_whitespace()).take(LONGEST).collect();
    Some(word)
}

fn word(state: MessageState) -> &'static str {
    match state {
        MessageState::Delivered => "DELIVRD",
        MessageState::Accepted => "ACCEPTD",
        MessageState::Expired => "EXPIRED",
        MessageState::Deleted => "DELETED",
        MessageState::Undeliverable => "UNDELIV",
        MessageState::Rejected => "REJECTD",
        MessageState::Skipped => "SKIPPED",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue;
    use rusmpp::types::{COctetString, OctetString};
    use rusmpp::values::EsmClass;

    use super::*;

    fn deliver(class: u8, text: &str) -> DeliverSm {
        DeliverSm::builder()
            .esm_class(EsmClass::from(class))
            .short_message(OctetString::from_slice(text.as_bytes()).unwrap())
            .build()
    }

    #[test]
    fn a_receipt_names_the_part_and_its_fate() {
        let text = "id:0A1f sub:001 dlvrd:001 submit date:2611250300 done date:2611250301 stat:DELIVRD err:000 text:Hi";
        let receipt = |fate| Delivered::Receipt(Receipt { reference: "0A1f".to_owned(), fate });
        assert_eq!(read(&deliver(4, text)), receipt(Fate::Delivered));
        let failed = text.replace("DELIVRD", "UNDELIV");
        assert_eq!(read(&deliver(4, &failed)), receipt(Fate::Failed("UNDELIV".to_owned())));
        assert_eq!(read(&deliver(4, &text.replace("DELIVRD", "ENROUTE"))), Delivered::Progress);
        assert_eq!(read(&deliver(0, text)), Delivered::Message);
        assert_eq!(read(&deliver(4, "Text:id:5 stat:DELIVRD")), Delivered::Progress);
    }

    #[test]
    fn what_is_said_beside_the_text_counts_more() {
        let mut other = deliver(4, "id:1 stat:ENROUTE text:");
        other.push_tlv(MessageDeliveryRequestTlvValue::ReceiptedMessageId(
            COctetString::from_string("77".to_owned()).unwrap(),
        ));
        other.push_tlv(MessageDeliveryRequestTlvValue::MessageState(MessageState::Delivered));
        let receipt = Receipt { reference: "77".to_owned(), fate: Fate::Delivered };
        assert_eq!(read(&other), Delivered::Receipt(receipt));
    }
}
