//! Lists by pages: `limit` and `cursor` in, `items` and `nextCursor` out.
//!
//! A cursor is the sort key of the last row (keyset paging): the thousandth page costs what the first
//! does, and rows that come or go in between are neither skipped nor repeated.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::{Code, Problem};

/// Rows of a page unless `limit` says otherwise.
pub const DEFAULT_LIMIT: u64 = 50;
/// Most rows of a page.
pub const MAX_LIMIT: u64 = 200;

/// Which page. Flattened into a list's own query would lose typed errors, so lists take two queries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most rows to answer, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// How many rows to answer.
    pub fn limit(&self) -> Result<u64, Problem> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
            Some(_) => Err(Problem::new(Code::InvalidQuery).detail("`limit` must be between 1 and 200")),
        }
    }

    /// The key of the last row of the page before: `N` texts.
    pub fn after<const N: usize>(&self) -> Result<Option<[String; N]>, Problem> {
        self.cursor
            .as_deref()
            .map(|cursor| decode(cursor).and_then(|parts| parts.try_into().ok()).ok_or(Code::InvalidCursor.into()))
            .transpose()
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from `limit + 1` rows that were asked for; the surplus row only tells that there is more.
    pub fn of<R>(mut rows: Vec<R>, limit: u64, key: impl FnOnce(&R) -> Vec<String>, show: impl FnMut(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|row| encode(&key(row))) } else { None };
        Self { items: rows.into_iter().map(show).collect(), next_cursor }
    }

    /// A page whose end the use-case knows: the key of the last row it looked at, if there is more.
    #[must_use]
    pub fn with_next(items: Vec<T>, next: Option<&[String]>) -> Self {
        Self { items, next_cursor: next.map(encode) }
    }

    /// Everything at once, for lists that are short by nature.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// Parts joined by an unlikely character, in hexadecimal: opaque, safe in a URL, no dependency.
fn encode(parts: &[String]) -> String {
    use std::fmt::Write as _;
    parts.join("\u{1f}").bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn decode(cursor: &str) -> Option<Vec<String>> {
    if cursor.len() > 2048 || !cursor.is_ascii() {
        return None;
    }
    let bytes = cursor
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<Vec<u8>>>()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.split('\u{1f}').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_is_the_key_of_the_last_row_shown() {
        let page = Page::of(vec!["ä", "b", "c"], 2, |row| vec![(*row).to_owned(), "id".to_owned()], |row| row);
        assert_eq!(page.items, ["ä", "b"]);
        let query = PageQuery { limit: None, cursor: page.next_cursor };
        assert_eq!(query.after::<2>().unwrap().unwrap(), ["b", "id"]);
        assert!(query.after::<3>().is_err());
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        assert!(Page::of(vec![1, 2], 2, |_| vec![], |row| row).next_cursor.is_none());
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        for cursor in ["zz", "0", "ff", "€"] {
            let query = PageQuery { limit: None, cursor: Some(cursor.to_owned()) };
            assert!(query.after::<2>().is_err(), "{cursor}");
        }
    }
}
