//! A letter as a message (RFC 5322): text and page beside each other, headers that no name can break.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::{Letter, Undelivered};

/// Puts a letter into its final form. The same letter has the same `Message-ID` and `Date` whenever it is composed.
pub(crate) fn compose(letter: &Letter, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Message, Undelivered> {
    let to: Address = letter.to.as_str().parse().map_err(|_| never("the address cannot be written in a message"))?;
    let name = line(&letter.name);
    let written = UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.written.0).unwrap_or(0));
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new((!name.is_empty()).then_some(name), to))
        .subject(line(&letter.subject))
        .date(written)
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        // So that nobody's holiday message answers (RFC 3834 section 5).
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    if let Some(url) = &letter.unsubscribe {
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{}>", line(url))))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    builder
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|error| never(&format!("the message cannot be composed: {error}")))
}

/// Text that stays on one line, whatever somebody typed as a name.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn never(why: &str) -> Undelivered {
    Undelivered::Never(why.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use types::clock::Timestamp;

    use super::*;

    fn letter() -> Letter {
        Letter {
            id: "mai_1".to_owned(),
            written: Timestamp(1_795_507_200_000),
            to: "bea@example.com".parse().unwrap(),
            name: "Bea Böhm".to_owned(),
            subject: "Grüße".to_owned(),
            text: "Guten Tag\n".to_owned(),
            html: "<p>Guten Tag</p>".to_owned(),
            unsubscribe: None,
        }
    }

    fn text(letter: &Letter) -> String {
        let from: Mailbox = "Ringwerk <ringwerk@example.com>".parse().unwrap();
        String::from_utf8(compose(letter, &from, None).unwrap().formatted()).unwrap()
    }

    fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
        message.split("\r\n\r\n").next()?.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[test]
    fn a_letter_is_told_from_others_for_ever() {
        let message = text(&letter());
        assert_eq!(header(&message, "Message-ID"), Some("<mai_1@example.com>"));
        assert_eq!(header(&message, "Date"), Some("Tue, 24 Nov 2026 08:00:00 +0000"));
        assert_eq!(header(&message, "From"), Some("Ringwerk <ringwerk@example.com>"));
        assert!(message.contains("multipart/alternative") && message.contains("text/html; charset=utf-8"));
        assert!(header(&message, "List-Unsubscribe").is_none());
    }

    #[test]
    fn a_subscription_can_be_ended_with_one_click() {
        let url = "https://telefon.example.com/v1/newsletter-unsubscriptions/rwn_1";
        let message = text(&Letter { unsubscribe: Some(url.to_owned()), ..letter() });
        let unfolded = message.replace("\r\n ", " ");
        assert_eq!(header(&unfolded, "List-Unsubscribe"), Some(format!("<{url}>").as_str()));
        assert_eq!(header(&unfolded, "List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    }

    #[test]
    fn no_name_makes_a_header() {
        for evil in ["x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com\n\nbody", "x\0\u{85}\u{2028}"] {
            let message = text(&Letter { name: evil.to_owned(), subject: evil.to_owned(), ..letter() });
            assert!(header(&message, "Bcc").is_none(), "{message}");
            assert!(message.contains("\r\n\r\n"));
        }
    }
}
