//! How the office's mail leaves: the port of `office` over the crate `post`.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use office::Mailing;
use office::ports::{Mail, NoPost, Post, Route, Undelivered};

use crate::config::Config;

struct Carrier {
    post: post::Post,
    folder: Option<PathBuf>,
}

impl Post for Carrier {
    fn deliver<'a>(&'a self, mail: &'a Mail) -> Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>> {
        Box::pin(async {
            let letter = post::Letter {
                id: mail.id.to_string(),
                written: mail.written,
                to: mail.to.clone(),
                name: mail.name.clone(),
                subject: mail.subject.clone(),
                text: mail.text.clone(),
                html: mail.html.clone(),
                unsubscribe: mail.unsubscribe.clone(),
            };
            self.post.deliver(&letter).await.map_err(|undelivered| match undelivered {
                post::Undelivered::Later(why) => Undelivered::Later(why),
                post::Undelivered::Never(why) => Undelivered::Never(why),
            })
        })
    }

    fn route(&self) -> Route {
        self.folder.as_ref().map_or(Route::Smtp, |folder| Route::Folder(folder.display().to_string()))
    }
}

/// Mail leaves as configured: through the server, or into `folder`. `pages` is where links lead.
pub fn leaves(config: &Config, folder: PathBuf, pages: String) -> Result<Mailing, String> {
    let (route, folder) = match config.mail.server()? {
        Some(server) => (post::Route::Smtp(server), None),
        None => (post::Route::Folder(folder.clone()), Some(folder)),
    };
    let post = post::Post::new(route, config.mail.sender(), config.mail.operator.as_deref())
        .map_err(|error| format!("In [mail], {error}."))?;
    Ok(Mailing { post: Arc::new(Carrier { post, folder }), ..waits(config, pages) })
}

/// Mail waits for the server that runs beside.
pub fn waits(config: &Config, pages: String) -> Mailing {
    Mailing { post: Arc::new(NoPost), pages, operator: config.mail.operator.clone() }
}
