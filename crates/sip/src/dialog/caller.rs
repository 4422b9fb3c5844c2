//! The caller's side before anybody answers.

use serde::{Deserialize, Serialize};

use super::{Contacts as _, Dialog, DialogId, RouteSet, contact_of, next_sequence};
use crate::message::{Invalid, Method, Name, NameAddr, RequestBuilder, Response, Uri};

/// An INVITE (or another request that makes a dialog) of our own. Every party that answers it makes a [`Dialog`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    call_id: Box<str>,
    /// Who calls, with our tag.
    from: NameAddr,
    /// Who is called.
    to: NameAddr,
    target: Uri,
    routes: RouteSet,
    contact: Box<str>,
    sequence: u32,
}

impl Caller {
    /// Who calls whom. `tag` is ours, fresh; `target` the Request-URI, usually a registered contact, reached over
    /// `routes`; `contact` the value of our Contact header. Tags that `from` and `to` have already are left out.
    #[must_use]
    pub fn new(
        call_id: &str,
        from: &NameAddr,
        tag: &str,
        to: &NameAddr,
        target: &Uri,
        routes: RouteSet,
        contact: &str,
    ) -> Self {
        Self {
            call_id: call_id.into(),
            from: from.without_params().with_param("tag", Some(tag)),
            to: to.without_params(),
            target: target.detach(),
            routes,
            contact: contact.into(),
            sequence: 0,
        }
    }

    /// The Call-ID.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The number of the last request that was started.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Starts the INVITE: everything but Via and body. After a challenge or a 422, start it again: the number goes up.
    pub fn invite(&mut self) -> RequestBuilder {
        self.sequence = next_sequence(self.sequence);
        let mut builder = self.routes.request(Method::Invite, &self.target);
        builder
            .header(Name::From, &self.from)
            .header(Name::To, &self.to)
            .header(Name::CallId, &self.call_id)
            .cseq(self.sequence)
            .header(Name::Contact, &self.contact);
        builder
    }

    /// The dialog that a response makes: a 2xx a confirmed one, a 101–199 with a tag an early one.
    ///
    /// # Errors
    /// When the response makes none, because it lacks a tag or a Contact that could be called. A 2xx without a
    /// usable Contact makes one with the target it was sent to: it must be acknowledged and can be ended.
    pub fn answered(&self, response: &Response) -> Result<Dialog, Invalid> {
        let tag = match response.to().tag() {
            Some(tag) => tag,
            None if response.is_success() => "",
            None => return Err(Invalid("the response has no tag")),
        };
        if !(101..300).contains(&response.status()) {
            return Err(Invalid("the response makes no dialog"));
        }
        let target = match contact_of(response.list_of_contacts()) {
            Ok(Some(target)) => target,
            _ if response.is_success() => self.target.clone(),
            Ok(None) => return Err(Invalid("the response has no Contact")),
            Err(invalid) => return Err(invalid),
        };
        // The Record-Route starts with whoever was nearest to us, and the routes we chose ourselves are among them if
        // they want to stay.
        let routes = RouteSet::of_caller(response.record_routes())?;
        Ok(Dialog {
            id: DialogId::new(&self.call_id, self.from.tag().unwrap_or_default(), tag),
            local: self.from.clone(),
            remote: response.to().detach(),
            local_sequence: self.sequence,
            remote_sequence: None,
            target,
            routes,
            contact: self.contact.clone(),
            early: !response.is_success(),
        })
    }
}
