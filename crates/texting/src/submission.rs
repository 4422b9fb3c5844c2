//! A part as SMPP writes it (SMPP 3.4 section 4.4), and what the answers mean.

use rusmpp::pdus::SubmitSm;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, IntermediateNotification, MCDeliveryReceipt, Npi, RegisteredDelivery,
    SmeOriginatedAcknowledgement, Ton,
};
use rusmpp::{Command, CommandStatus, Pdu};
use types::sms::{Alphabet, Sender};

use crate::{Part, Server, Unsent};

/// Writes a part. The error is a sentence.
pub(crate) fn compose(part: &Part) -> Result<SubmitSm, String> {
    let address = |text: String| COctetString::from_string(text).map_err(|error| error.to_string());
    let (ton, npi, from) = match &part.from {
        Sender::Number(number) => (Ton::International, Npi::Isdn, number.digits()),
        Sender::Name(name) => (Ton::Alphanumeric, Npi::Unknown, name.clone()),
    };
    let mut body = Vec::new();
    if let Some(place) = part.place {
        // Concatenated short messages, 8-bit reference number (3GPP TS 23.040 section 9.2.3.24.1).
        body.extend([0x05, 0x00, 0x03, place.reference, place.of, place.number]);
    }
    body.extend(part.alphabet.encode(&part.text));
    let class = EsmClass::from(if part.place.is_some() { 0x40 } else { 0x00 });
    Ok(SubmitSm::builder()
        .source_addr_ton(ton)
        .source_addr_npi(npi)
        .source_addr(address(from)?)
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(address(part.to.digits())?)
        .esm_class(class)
        .registered_delivery(RegisteredDelivery::new(
            MCDeliveryReceipt::McDeliveryReceiptRequestedWhereFinalDeliveryOutcomeIsSuccessOrFailure,
            SmeOriginatedAcknowledgement::NoReceiptSmeAcknowledgementRequested,
            IntermediateNotification::NoIntermediaryNotificationRequested,
            0,
        ))
        .data_coding(match part.alphabet {
            Alphabet::Gsm7 => DataCoding::McSpecific,
            Alphabet::Ucs2 => DataCoding::Ucs2,
        })
        .short_message(OctetString::from_vec(body).map_err(|error| error.to_string())?)
        .build())
}

/// What an answer to a part means: its name, or why it was not taken.
pub(crate) fn verdict(server: &Server, answer: &Command) -> Result<String, Unsent> {
    match (answer.status(), answer.pdu()) {
        (CommandStatus::EsmeRok, Some(Pdu::SubmitSmResp(taken))) => Ok(taken.message_id().as_str().to_owned()),
        (CommandStatus::EsmeRok, _) => Err(Unsent::Later(format!("{server} gave no answer that can be read"))),
        (status, _) => {
            let why = format!("{server} answered: {}", words(status));
            Err(if is_final(status) { Unsent::Never(why) } else { Unsent::Later(why) })
        }
    }
}

/// Whether the same part will never be taken: something about itself is wrong. Everything else is about the SMSC, the
/// subscription or the load, and may change.
fn is_final(status: CommandStatus) -> bool {
    use CommandStatus as S;
    matches!(
        status,
        S::EsmeRinvmsglen
            | S::EsmeRinvsrcadr
            | S::EsmeRinvdstadr
            | S::EsmeRinvsrcton
            | S::EsmeRinvsrcnpi
            | S::EsmeRinvdstton
            | S::EsmeRinvdstnpi
            | S::EsmeRinvesmclass
            | S::EsmeRinvdcs
            | S::EsmeRsubmitfail
            | S::EsmeRdeliveryfailure
            | S::EsmeRsertypdenied
            | S::EsmeRprohibited
    )
}

/// A status for people: what it means, where that is known, and its code to look up.
pub(crate) fn words(status: CommandStatus) -> String {
    use CommandStatus as S;
    let meaning = match status {
        S::EsmeRinvmsglen => "the message is too long",
        S::EsmeRinvsrcadr | S::EsmeRinvsrcton | S::EsmeRinvsrcnpi => "the sender is not accepted",
        S::EsmeRinvdstadr | S::EsmeRinvdstton | S::EsmeRinvdstnpi => "the recipient is not accepted",
        S::EsmeRbindfail => "the bind failed",
        S::EsmeRinvpaswd => "the password is wrong",
        S::EsmeRinvsysid => "the system_id is wrong",
        S::EsmeRalybnd => "already bound",
        S::EsmeRmsgqful => "its queue is full",
        S::EsmeRthrottled => "too many messages at once",
        S::EsmeRsyserr => "a fault of its own",
        S::EsmeRsubmitfail => "the message is refused",
        S::EsmeRprohibited | S::EsmeRsertypdenied | S::EsmeRsertypunauth => "this is not allowed",
        _ => "an error",
    };
    format!("{meaning} (0x{:08x})", u32::from(status))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::Place;

    fn part(text: &str, alphabet: Alphabet, place: Option<Place>) -> Part {
        let (to, from) = ("+491701234567".parse().unwrap(), "Ringwerk".parse().unwrap());
        Part { to, from, alphabet, text: text.to_owned(), place }
    }

    #[test]
    fn a_part_says_where_it_belongs() {
        let place = Place { reference: 7, of: 3, number: 2 };
        let submit = compose(&part("a€", Alphabet::Gsm7, Some(place))).unwrap();
        assert_eq!(submit.short_message().as_ref(), [5, 0, 3, 7, 3, 2, 0x61, 0x1b, 0x65]);
        assert_eq!((u8::from(submit.esm_class), submit.data_coding), (0x40, DataCoding::McSpecific));
        let submit = compose(&part("😀", Alphabet::Ucs2, None)).unwrap();
        assert_eq!(submit.short_message().as_ref(), [0xd8, 0x3d, 0xde, 0x00]);
        assert_eq!((u8::from(submit.esm_class), submit.data_coding), (0, DataCoding::Ucs2));
        assert_eq!((submit.source_addr_ton, submit.destination_addr.as_str()), (Ton::Alphanumeric, "491701234567"));
        let full = compose(&part(&"ł".repeat(67), Alphabet::Ucs2, Some(place))).unwrap();
        assert_eq!(full.short_message().len(), 140);
    }

    #[test]
    fn load_passes_and_a_wrong_number_does_not() {
        for status in [CommandStatus::EsmeRthrottled, CommandStatus::EsmeRmsgqful, CommandStatus::EsmeRsyserr] {
            assert!(!is_final(status), "{status:?}");
        }
        assert!(is_final(CommandStatus::EsmeRinvdstadr) && is_final(CommandStatus::EsmeRinvsrcadr));
        assert_eq!(words(CommandStatus::EsmeRthrottled), "too many messages at once (0x00000058)");
    }
}
