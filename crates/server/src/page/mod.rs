//! The pages the binary serves itself: a word of welcome, and the forms that one-time links open.
//!
//! Nothing is loaded from elsewhere, and the content security policy says so to the browser.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Languages the pages are written in. The first one is what everybody else gets.
const LANGUAGES: [&str; 2] = ["en", "de"];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `/`, `/setup` and `/link`, and what they load.
pub fn router() -> Router {
    let page = |english: &'static str, german: &'static str| {
        get(async move |headers: HeaderMap| page(&headers, english, german))
    };
    Router::new()
        .route("/", page(include_str!("home.en.html"), include_str!("home.de.html")))
        .route("/setup", page(include_str!("setup.en.html"), include_str!("setup.de.html")))
        .route("/link", page(include_str!("link.en.html"), include_str!("link.de.html")))
        .route("/assets/page.css", get(async || asset("text/css; charset=utf-8", include_str!("page.css"))))
        .route("/assets/form.js", get(async || asset("text/javascript; charset=utf-8", include_str!("form.js"))))
}

fn page(headers: &HeaderMap, english: &'static str, german: &'static str) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = if language(wanted) == "de" { german } else { english };
    let mut response = asset("text/html; charset=utf-8", text);
    let head = response.headers_mut();
    head.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    head.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    head.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Small, and replaced with every new version.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (head, text).into_response()
}

/// The language of [`LANGUAGES`] that an `Accept-Language` header likes best (RFC 9110 section 12.5.4).
fn language(accept: &str) -> &'static str {
    let mut best = (0, LANGUAGES[0]);
    for choice in accept.split(',') {
        let mut parts = choice.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        // Thousandths, since that is as fine as the header may be.
        #[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=1000")]
        let weight = (weight.clamp(0.0, 1.0) * 1000.0) as i32;
        let known = LANGUAGES.iter().find(|known| tag == **known || tag.starts_with(&format!("{known}-")));
        if let Some(known) = known
            && weight > best.0
        {
            best = (weight, known);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_chooses_the_language() {
        assert_eq!(language("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"), "de");
        assert_eq!(language("en-GB,en;q=0.9,de;q=0.8"), "en");
        assert_eq!(language("fr,de;q=0.3"), "de");
        assert_eq!(language("de;q=0"), "en");
        assert_eq!(language(""), "en");
    }

    #[test]
    fn both_languages_ask_the_same() {
        let names = |page: &str| -> Vec<String> {
            page.split("name=\"").skip(2).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
        };
        let english = names(include_str!("setup.en.html"));
        assert_eq!(english, names(include_str!("setup.de.html")));
        assert!(english.contains(&"administrator.password".to_owned()), "{english:?}");
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_or_written_inline() {
        let pages = [
            include_str!("link.en.html"),
            include_str!("link.de.html"),
            include_str!("home.en.html"),
            include_str!("home.de.html"),
            include_str!("setup.en.html"),
            include_str!("setup.de.html"),
        ];
        for page in pages {
            assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("style="), "{page}");
            assert!(page.matches("<script").count() == page.matches("<script src=\"/assets/").count(), "{page}");
        }
    }
}
