//! Inside the office: `http -> mod -> {rules, store} -> model`, and slices that call each other only upward.
//!
//! What lies below may be named over a step, with one exception: `http` reaches `store` through `mod` only, since that
//! is where transactions and rights are. `rules`, `model` and `error` are pure and know nothing above them.

use std::collections::BTreeMap;

use super::Fault;
use super::names::{Named, named};
use super::source::Source;

const OFFICE: &str = "crates/office/src/";

/// The files of a slice. What a slice keeps in files of other names is its own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Http,
    Mod,
    Rules,
    Store,
    Model,
    Error,
    Other,
}

impl Layer {
    /// What a path names that goes on with `words` inside a slice.
    fn of(words: &[&str]) -> Self {
        match words.first().copied().unwrap_or("mod") {
            "http" => Self::Http,
            "rules" => Self::Rules,
            "store" => Self::Store,
            "model" => Self::Model,
            "error" => Self::Error,
            "mod" | "*" => Self::Mod,
            // A file of another name, or one of its items; what begins with a capital letter is an item of `mod.rs`.
            word if words.len() > 1 && word.starts_with(char::is_lowercase) => Self::Other,
            _ => Self::Mod,
        }
    }

    /// Which files of its own slice it may name.
    fn may_name(self, other: Self) -> bool {
        const PURE: [Layer; 3] = [Layer::Rules, Layer::Model, Layer::Error];
        let below = match self {
            Self::Http => other == Self::Mod,
            // `mod.rs` declares `http` and may pass its router on.
            Self::Mod => matches!(other, Self::Http | Self::Store),
            Self::Rules | Self::Store | Self::Model | Self::Error => false,
            Self::Other => return true,
        };
        other == Self::Other || self == other || below || PURE.contains(&other)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mod => "mod",
            Self::Rules => "rules",
            Self::Store => "store",
            Self::Model => "model",
            Self::Error => "error",
            Self::Other => "this file",
        }
    }
}

/// The slices of the office in the order in which `lib.rs` declares them; each may call those before it.
#[derive(Debug, Default)]
pub struct Order(BTreeMap<String, usize>);

impl Order {
    /// Reads the order from `lib.rs`: every module whose folder holds an `http.rs` or a `model.rs` is a slice.
    pub fn read(sources: &[Source], faults: &mut Vec<Fault>) -> Self {
        let Some(lib) = sources.iter().find(|source| source.path == format!("{OFFICE}lib.rs")) else {
            return Self::default();
        };
        let mut order = BTreeMap::new();
        for line in lib.product.lines() {
            let Some((_, module)) = line.trim().split_once("mod ") else { continue };
            let module = module.trim_end_matches(';');
            let file = |name: &str| sources.iter().any(|source| source.path == format!("{OFFICE}{module}/{name}.rs"));
            if (file("http") || file("model")) && file("mod") {
                let place = order.len();
                order.insert(module.to_owned(), place);
            }
        }
        if order.is_empty()
            && sources.iter().any(|source| source.path.starts_with(OFFICE) && source.path.ends_with("/http.rs"))
        {
            faults.push(Fault::new(
                &lib.path,
                0,
                "declares no slice; write `mod NAME;` for each, in the order in which they may call upward",
            ));
        }
        Self(order)
    }
}

/// Checks one file of the office.
pub fn code(source: &Source, order: &Order, faults: &mut Vec<Fault>) {
    let Some(inside) = source.path.strip_prefix(OFFICE) else { return };
    let Some(module) = source.module() else { return };
    let parts: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
    let slice = parts.first().copied().filter(|first| order.0.contains_key(*first));
    let layer = slice.map(|_| match parts.get(1).copied().unwrap_or("mod") {
        word @ ("mod" | "http" | "rules" | "store" | "model" | "error") => Layer::of(&[word]),
        _ => Layer::Other,
    });
    for name in named(&source.product, &module) {
        frameworks(source, &parts, &name, faults);
        let (Some(slice), Some(layer)) = (slice, layer) else { continue };
        let mut words = name.path.iter().map(String::as_str);
        let (Some("crate"), Some(other)) = (words.next(), words.next()) else { continue };
        let rest: Vec<&str> = words.collect();
        let mut fault = |text: String| faults.push(Fault::new(&source.path, name.line, text));
        let target = Layer::of(&rest);
        if other == slice {
            if !layer.may_name(target) {
                fault(format!(
                    "{} must not name {} ({}); inside a slice http -> mod -> {{rules, store}} -> model, so move what is needed down",
                    layer.name(),
                    target.name(),
                    name.text()
                ));
            }
        } else if let (Some(own), Some(others)) = (order.0.get(slice), order.0.get(other)) {
            if others > own {
                fault(format!(
                    "{slice} must not call {other}, which lib.rs declares after it; let {other} call {slice}, or move the use-case up"
                ));
            } else if matches!(target, Layer::Http | Layer::Store | Layer::Rules) && rest.len() > 1 {
                fault(format!("{} goes past the door of {other}; call a use-case in {other}/mod.rs", name.text()));
            }
        }
    }
}

/// Only `http` knows the web framework, only `store` and `db` know the database library.
fn frameworks(source: &Source, parts: &[&str], name: &Named, faults: &mut Vec<Fault>) {
    const WEB: [&str; 3] = ["axum", "tower_http", "utoipa_axum"];
    const DATABASE: [&str; 4] = ["sea_orm", "sea_orm_migration", "sea_query", "sqlx"];
    let within = |words: &[&str]| parts.iter().any(|part| words.contains(part));
    if let Some(library) = WEB.iter().find(|library| name.is_under(library))
        && !within(&["http"])
    {
        let text = format!(
            "only http.rs and http/ may name {library}; move the handler there and keep the use-case free of HTTP"
        );
        faults.push(Fault::new(&source.path, name.line, text));
    }
    if let Some(library) = DATABASE.iter().find(|library| name.is_under(library))
        && !within(&["store", "db", "migrations"])
    {
        let text =
            format!("only store.rs, db/ and migrations/ may name {library}; move the query into the slice's store.rs");
        faults.push(Fault::new(&source.path, name.line, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "mod http;\nmod audit;\nmod users;\npub mod numbers;\nmod db;";

    fn check(path: &str, text: &str, expect: &[&str]) {
        let files = [
            "lib.rs",
            "audit/mod.rs",
            "audit/http.rs",
            "users/mod.rs",
            "users/http.rs",
            "numbers/mod.rs",
            "numbers/http.rs",
        ];
        let sources: Vec<Source> = files
            .iter()
            .map(|file| {
                Source::new(&format!("{OFFICE}{file}"), if *file == "lib.rs" { LIB.to_owned() } else { String::new() })
            })
            .collect();
        let mut faults = Vec::new();
        let order = Order::read(&sources, &mut faults);
        assert_eq!(order.0.len(), 3, "{order:?}");
        code(&Source::new(&format!("{OFFICE}{path}"), text.to_owned()), &order, &mut faults);
        assert_eq!(faults.len(), expect.len(), "{text}: {faults:?}");
        for (fault, part) in faults.iter().zip(expect) {
            assert!(fault.to_string().contains(part), "{fault} lacks {part}");
        }
    }

    #[test]
    fn layers_name_only_what_is_below() {
        check("numbers/http.rs", "use super::model::Number; fn f() { super::assign() }", &[]);
        check("numbers/http.rs", "use super::store;", &["http must not name store"]);
        check("numbers/store.rs", "use crate::numbers::rules::Draft;", &[]);
        check("numbers/rules.rs", "use super::store;", &["rules must not name store"]);
        check("numbers/store.rs", "use super::assign;", &["store must not name mod"]);
        check("numbers/model.rs", "use super::error::NumberError;", &[]);
        check("numbers/mod.rs", "mod http; mod store; use store::find; use self::rules::free;", &[]);
    }

    #[test]
    fn slices_call_upward_through_the_door() {
        check("numbers/mod.rs", "use crate::users; fn f() { users::find(); crate::audit::note() }", &[]);
        check("users/mod.rs", "use crate::numbers::release_all;", &["users must not call numbers"]);
        check("numbers/mod.rs", "use crate::users::store::find;", &["goes past the door of users"]);
        check("numbers/mod.rs", "use crate::users::model::User;", &[]);
        check("db/mod.rs", "use crate::numbers::x;", &[]);
    }

    #[test]
    fn frameworks_stay_where_they_belong() {
        check("numbers/http.rs", "use axum::Json;", &[]);
        check("http/router.rs", "use axum::Router;", &[]);
        check("numbers/mod.rs", "use axum::Json;", &["only http.rs and http/ may name axum"]);
        check("numbers/store.rs", "use sea_orm::EntityTrait;", &[]);
        check("db/sqlite.rs", "use sqlx::Pool;", &[]);
        check("numbers/http.rs", "use sea_orm::DbErr;", &["only store.rs"]);
    }
}
