//! Somebody who listens to `/v1/events`, as a page does.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::Client;

/// Somebody who listens to events.
pub struct Listener {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    body: axum::body::BodyDataStream,
    heard: String,
}

/// An event that was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub event: String,
    pub id: Option<String>,
    pub data: Value,
}

impl Listener {
    /// The next event; nothing once the stream has ended.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.heard.split_once("\n\n") {
                let block = block.to_owned();
                self.heard = rest.to_owned();
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                        .map(|text| text.trim().to_owned())
                };
                if let Some(event) = field("event") {
                    let data = serde_json::from_str(&field("data").unwrap()).unwrap();
                    return Some(Heard { event, id: field("id"), data });
                }
            }
            let next = futures_util::StreamExt::next(&mut self.body);
            let bytes =
                tokio::time::timeout(std::time::Duration::from_secs(20), next).await.expect("an event")?.unwrap();
            self.heard.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event of this kind.
    pub async fn next_of(&mut self, event: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if heard.event == event {
                return heard;
            }
        }
    }
}

impl Client {
    /// Listens to what happens. `last_id` is the id of the event heard last.
    pub async fn listen(&self, last_id: Option<&str>) -> Listener {
        let mut request = Request::builder().uri("/v1/events");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        Listener {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.into_data_stream(),
            heard: String::new(),
        }
    }
}
