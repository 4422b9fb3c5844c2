//! How the office's text messages leave: the port of `office` over the crate `texting`.

use std::pin::Pin;
use std::sync::Arc;

use office::ports::{TextLine, TextPart, Undelivered};
use office::{Fate, Office, Texting};
use texting::{Line, News, Part, Place, Unsent};
use tokio::sync::mpsc;

use crate::config::Config;

struct Carrier(Line);

impl TextLine for Carrier {
    fn send<'a>(
        &'a self,
        part: &'a TextPart,
    ) -> Pin<Box<dyn Future<Output = Result<String, Undelivered>> + Send + 'a>> {
        Box::pin(async {
            let place = Place { reference: part.reference, of: part.of, number: part.number };
            let part = Part {
                to: part.to,
                from: part.from.clone(),
                alphabet: part.alphabet,
                text: part.text.clone(),
                place: (part.of > 1).then_some(place),
            };
            self.0.send(part).await.map_err(|unsent| match unsent {
                Unsent::Later(why) => Undelivered::Later(why),
                Unsent::Never(why) => Undelivered::Never(why),
            })
        })
    }
}

/// Text messages leave as configured: through the SMSC, whose news come out at the other end; or not at all.
pub fn leave(config: &Config) -> Result<(Texting, Option<mpsc::Receiver<News>>), String> {
    let (line, news) = match config.sms.server()? {
        Some(server) => {
            let (line, news) = Line::open(server);
            let line: Arc<dyn TextLine> = Arc::new(Carrier(line));
            (Some(line), Some(news))
        }
        None => (None, None),
    };
    let (per_minute, per_day) = config.sms.limits();
    Ok((Texting { line, sender: config.sms.sender()?, per_minute, per_day }, news))
}

/// Has receipts written down as they come; the SMSC keeps what is not. When it can be reached again, what waits leaves at once.
pub async fn take(mut news: mpsc::Receiver<News>, office: Office) {
    while let Some(new) = news.recv().await {
        let incoming = match new {
            News::Receipt(incoming) => incoming,
            News::Connected => {
                office.texting_connected().await;
                continue;
            }
        };
        let fate = match &incoming.receipt.fate {
            texting::Fate::Delivered => Fate::Delivered,
            texting::Fate::Failed(word) => Fate::Failed(word.clone()),
        };
        let noted = office.text_receipt(&incoming.receipt.reference, &fate).await;
        if let Err(error) = &noted {
            tracing::error!(%error, "a receipt for a text message was not written down");
        }
        incoming.done(noted.is_ok());
    }
}
