//! From facts to a mail: words by language, and two frames around them, plain text and a page.
//!
//! A file in `templates/de` or `templates/en` sets `subject`, `preview`, `title`, `before`, `button`, `after`, `footer` and, where
//! something can be ended, `ending`; blank lines part paragraphs. It is rendered twice, for text as it is and for the page escaped, and goes into `frame.txt` and
//! `frame.html`. So both say the same.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use types::clock::Timestamp;

use super::model::{Kind, Letter, Recipient, Written};
use crate::db::DbError;
use crate::office::Mailing;

macro_rules! words {
    ($($language:literal: $($kind:literal)*;)*) => {
        [$($((
            concat!($language, "/", $kind),
            include_str!(concat!("templates/", $language, "/", $kind, ".txt")),
        ),)*)*]
    };
}

/// What is said, by language and kind.
const WORDS: [(&str, &str); 14] = words! {
    "de": "invitation" "password_reset" "password_changed" "email_confirmation" "email_change" "newsletter_confirmation" "newsletter";
    "en": "invitation" "password_reset" "password_changed" "email_confirmation" "email_change" "newsletter_confirmation" "newsletter";
};
const FRAME_TEXT: &str = include_str!("templates/frame.txt");
const FRAME_HTML: &str = include_str!("templates/frame.html");

/// Characters in a line of plain text.
const LINE: usize = 72;

/// All templates, read once.
#[derive(Debug)]
pub(crate) struct Templates(Environment<'static>);

impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        environment.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        environment.add_filter("paragraphs", paragraphs);
        environment.add_filter("wrapped", |text: String| wrapped(&text));
        environment.add_filter("links", links);
        Self(environment)
    }
}

impl Templates {
    /// Writes a letter in the recipient's language.
    pub(crate) fn write(
        &self,
        to: &Recipient,
        company: &str,
        mailing: &Mailing,
        letter: &Letter,
    ) -> Result<Written, DbError> {
        self.render(to, company, mailing, letter).map_err(|error| {
            tracing::error!(kind = letter.kind().as_str(), %error, "a mail's template is damaged");
            DbError::Damaged("a mail's template")
        })
    }

    fn render(&self, to: &Recipient, company: &str, mailing: &Mailing, letter: &Letter) -> Result<Written, Error> {
        let language = if to.language == "de" { "de" } else { "en" };
        let words = words_of(language, letter.kind());
        let facts = facts(to, language, company, mailing, letter);
        let text = self.part(words, "mail.txt", &facts, FRAME_TEXT)?;
        let html = self.part(words, "mail.html", &facts, FRAME_HTML)?;
        let unsubscribe = match letter {
            Letter::Newsletter { one_click, .. } => Some(one_click.clone()),
            _ => None,
        };
        Ok(Written { name: to.name.clone(), subject: text.subject, text: text.whole, html: html.whole, unsubscribe })
    }

    /// Words and frame together; the name decides whether facts are escaped.
    fn part(&self, words: &str, name: &str, facts: &Value, frame: &str) -> Result<Part, Error> {
        let words = self.0.template_from_named_str(name, words)?.render_captured(facts.clone())?;
        let said = |key: &str| words.state().lookup(key).unwrap_or_else(|| Value::from(""));
        let subject = said("subject").to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let words = context! {
            subject => said("subject"),
            preview => said("preview"),
            title => said("title"),
            before => said("before"),
            button => said("button"),
            after => said("after"),
            footer => said("footer"),
            ending => said("ending"),
        };
        let whole =
            self.0.template_from_named_str(name, frame)?.render(context! { said => words, .. facts.clone() })?;
        // The engine escapes slashes too, which would make every link unreadable for who looks at the source.
        Ok(Part { subject, whole: if name.ends_with(".html") { whole.replace("&#x2f;", "/") } else { whole } })
    }
}

struct Part {
    subject: String,
    whole: String,
}

fn words_of(language: &str, kind: Kind) -> &'static str {
    let name = format!("{language}/{}", kind.as_str());
    WORDS.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words)
}

/// Everything that templates may name. What a letter does not have is empty.
fn facts(to: &Recipient, language: &str, company: &str, mailing: &Mailing, letter: &Letter) -> Value {
    let moment = |at: Timestamp| moment(at, language, &to.time_zone);
    let common = context! {
        language,
        company => one_line(company),
        name => one_line(&to.name),
        email => to.email.as_str(),
        operator => mailing.operator.clone().unwrap_or_default(),
        pages => mailing.pages.clone(),
        until => letter.until().map(moment).unwrap_or_default(),
    };
    let by = |by: &Option<String>| by.as_deref().map(one_line).unwrap_or_default();
    let (link, own) = match letter {
        Letter::Invitation { by: who, link, .. }
        | Letter::PasswordReset { by: who, link, .. }
        | Letter::EmailConfirmation { by: who, link, .. } => (link.as_str(), context! { by => by(who) }),
        Letter::PasswordChanged { by: who } => ("", context! { by => by(who) }),
        Letter::EmailChange { by: who, new, link, .. } => {
            (link.as_str(), context! { by => by(who), new => new.as_str() })
        }
        Letter::NewsletterConfirmation { link, .. } => (link.as_str(), context! {}),
        Letter::Newsletter { subject, text, link, .. } => {
            (link.as_str(), context! { headline => one_line(subject), text })
        }
    };
    context! { ..context! { link, ..own }, ..common }
}

/// Names are typed by people and stay on one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A date and a time as people write them, in their time zone.
fn moment(at: Timestamp, language: &str, time_zone: &str) -> String {
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let there = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone);
    if language == "de" {
        let month = usize::try_from(there.month() - 1).ok().and_then(|index| MONTHS.get(index)).copied();
        format!("{}. {} {}, {} Uhr", there.day(), month.unwrap_or_default(), there.year(), there.strftime("%H:%M"))
    } else {
        format!("{} {}", there.day(), there.strftime("%B %Y, %H:%M"))
    }
}

/// What blank lines part; points of a list stand alone. What was escaped stays escaped.
fn paragraphs(text: &Value) -> Vec<Value> {
    let mut some: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.to_string().lines() {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let point = words.strip_prefix("- ").map(|point| format!("• {point}"));
        match some.last_mut().filter(|_| goes_on && point.is_none()) {
            Some(last) if !words.is_empty() => {
                last.push(' ');
                last.push_str(&words);
            }
            _ if words.is_empty() => {}
            _ => some.push(point.unwrap_or_else(|| words.clone())),
        }
        goes_on = !words.is_empty();
    }
    let escaped = text.is_safe();
    some.into_iter().map(|one| if escaped { Value::from_safe_string(one) } else { Value::from(one) }).collect()
}

/// Makes the addresses of web pages in a text clickable. The text is escaped already.
fn links(text: &Value) -> Value {
    let words = text.to_string().replace("&#x2f;", "/");
    let linked = words.split(' ').map(|word| {
        let address = word.trim_end_matches(['.', ',', ':', '!', '?', ')']);
        let rest = word.get(address.len()..).unwrap_or_default();
        if text.is_safe() && (address.starts_with("https://") || address.starts_with("http://")) {
            format!("<a href=\"{address}\">{address}</a>{rest}")
        } else {
            word.to_owned()
        }
    });
    let linked = linked.collect::<Vec<_>>().join(" ");
    if text.is_safe() { Value::from_safe_string(linked) } else { Value::from(linked) }
}

/// Text in lines that every mail program shows as they are. A word that is longer, such as a link, stays whole.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if length > 0 {
            let fits = length + 1 + width <= LINE;
            lines.push(if fits { ' ' } else { '\n' });
            length = if fits { length + 1 } else { 0 };
        }
        lines.push_str(word);
        length += width;
    }
    lines
}

#[cfg(test)]
mod tests;
