//! Every mail in every language, read by somebody with a name that is trouble.

#![allow(clippy::unwrap_used)]

use types::ids::{AccountId, UserId};

use super::*;

const LINK: &str = "https://telefon.example/link#rwl_0000000000000000000000000000000000000000000";

fn letters() -> Vec<Letter> {
    let (link, until) = (|| LINK.to_owned(), Timestamp(1_795_507_200_000));
    let mut letters = Vec::new();
    for by in [None, Some("Anna <Ahrens> & Söhne".to_owned())] {
        letters.extend([
            Letter::Invitation { by: by.clone(), link: link(), until },
            Letter::PasswordReset { by: by.clone(), link: link(), until },
            Letter::PasswordChanged { by: by.clone() },
            Letter::EmailConfirmation { by: by.clone(), link: link(), until },
            Letter::EmailChange { by, new: "neu@x.example".parse().unwrap(), link: link(), until },
        ]);
    }
    letters.push(Letter::NewsletterConfirmation { link: link(), until });
    letters.push(Letter::Newsletter {
        subject: "Neu <hier>".to_owned(),
        text: "Eins\nzwei, https://x.example/a?b=1&c=2.\n\n- drei\n- vier\n\n{{ link }} {% raw %}".to_owned(),
        link: link(),
        one_click: link(),
        issue: "1".to_owned(),
    });
    letters
}

fn written(language: &str, name: &str, operator: Option<&str>, letter: &Letter) -> Written {
    let to = Recipient {
        account: AccountId::from_u128(1),
        user: UserId::from_u128(2),
        email: "dora@x.example".parse().unwrap(),
        name: name.to_owned(),
        language: language.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    };
    let mailing = Mailing { operator: operator.map(str::to_owned), ..Mailing::waits() };
    Templates::default().write(&to, "Printen\r\nBcc: x@x.example", &mailing, letter).unwrap()
}

#[test]
fn every_mail_is_whole_in_every_language() {
    for language in ["de", "en", "xx"] {
        for letter in letters() {
            for (name, operator) in [("", None), ("Dora", Some("it@x.example"))] {
                let mail = written(language, name, operator, &letter);
                let what = format!("{language} {letter:?}: {} {}", mail.subject, mail.text);
                assert!(!mail.subject.is_empty() && !mail.subject.contains(['\r', '\n']), "{what}");
                assert!(
                    mail.text.lines().all(|line| line.chars().count() <= LINE || line.contains("https://")),
                    "{what}"
                );
                assert!(!mail.text.contains("\n\n\n") && mail.text.contains("\n-- \n"), "{what}");
                assert!(!mail.text.contains("&#") && !mail.text.contains("&amp;"), "{what}");
                assert!(!mail.html.contains("<img") && !mail.html.contains("<script"), "{what}");
                let has_link = !matches!(letter, Letter::PasswordChanged { .. });
                assert_eq!(
                    (mail.text.contains(LINK), mail.html.contains(&format!("href=\"{LINK}\""))),
                    (has_link, has_link),
                    "{what}"
                );
                assert_eq!(mail.text.contains("it@x.example"), operator.is_some(), "{what}");
                let tongue = if language == "de" { "de" } else { "en" };
                assert!(mail.html.contains(&format!("<html lang=\"{tongue}\">")));
            }
        }
    }
}

#[test]
fn what_people_type_is_text() {
    for letter in letters() {
        let evil = "<b onclick=\"x\">&amp;'{{ link }}{% set x = 1 %}\r\nBcc: y@y.example";
        let mail = written("en", evil, None, &letter);
        assert!(!mail.html.contains("<b ") && !mail.html.contains("<Ahrens>") && !mail.html.contains("<hier>"));
        assert!(!mail.subject.contains('\n') && !mail.text.contains("\nBcc:"), "{}", mail.text);
    }
}

#[test]
fn times_are_told_as_people_read_them() {
    let at = Timestamp(1_795_507_200_000);
    assert_eq!(moment(at, "de", "Europe/Berlin"), "24. November 2026, 09:00 Uhr");
    assert_eq!(moment(at, "en", "America/New_York"), "24 November 2026, 03:00");
    assert_eq!(moment(at, "en", "Nowhere/Atall"), "24 November 2026, 08:00");
}

#[test]
fn paragraphs_lists_and_links() {
    let said = |text: Value| paragraphs(&text).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(said(Value::from(" a\nb\r\n\r\n\n- c\n- d\n e\n")), ["a b", "• c", "• d e"]);
    let linked = links(&Value::from_safe_string("see https://x.de/a?b=1&amp;c, and so on".to_owned()));
    assert_eq!(linked.to_string(), "see <a href=\"https://x.de/a?b=1&amp;c\">https://x.de/a?b=1&amp;c</a>, and so on");
    assert_eq!(links(&Value::from("https://x.de")).to_string(), "https://x.de");
}
