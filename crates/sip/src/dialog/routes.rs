//! The proxies between two parties.

use serde::{Deserialize, Serialize};

use crate::message::{Invalid, Method, Name, NameAddr, RequestBuilder, Uri};

/// Most proxies that are believed to stand in between.
const PROXIES: usize = 16;

/// The route set of a dialog, or the Path of a registration (RFC 3327), next hop first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RouteSet(Vec<NameAddr>);

impl RouteSet {
    /// A route set in the order in which Route headers list it.
    ///
    /// # Errors
    /// When one cannot be read, is not a SIP address, or there are more than 16.
    pub fn new(routes: impl Iterator<Item = Result<NameAddr, Invalid>>) -> Result<Self, Invalid> {
        let mut set = Vec::new();
        for route in routes {
            let route = route?;
            if route.uri().host().is_none() {
                return Err(Invalid("a route is not a SIP address"));
            }
            if set.len() == PROXIES {
                return Err(Invalid("there are too many routes"));
            }
            set.push(route.detach());
        }
        Ok(Self(set))
    }

    /// The callee's route set: the Record-Route of the request as it stands (RFC 3261 section 12.1.1).
    pub(super) fn of_callee(recorded: impl Iterator<Item = Result<NameAddr, Invalid>>) -> Result<Self, Invalid> {
        Self::new(recorded)
    }

    /// The caller's route set: the Record-Route of the response in reverse (RFC 3261 section 12.1.2).
    pub(super) fn of_caller(recorded: impl Iterator<Item = Result<NameAddr, Invalid>>) -> Result<Self, Invalid> {
        let mut set = Self::new(recorded)?;
        set.0.reverse();
        Ok(set)
    }

    /// The routes, next hop first.
    #[must_use]
    pub fn as_slice(&self) -> &[NameAddr] {
        &self.0
    }

    /// Whether there is nobody in between.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Starts a request to `target` over these routes, with Request-URI, Route and Max-Forwards. A first route without
    /// `lr` is a strict router and gets the Request-URI (RFC 3261 section 12.2.1.1).
    #[must_use]
    pub fn request(&self, method: Method, target: &Uri) -> RequestBuilder {
        let mut builder;
        match self.0.split_first() {
            Some((first, rest)) if !first.uri().is_loose_router() => {
                builder = RequestBuilder::new(method, first.uri());
                for route in rest {
                    builder.header(Name::Route, route);
                }
                builder.header(Name::Route, NameAddr::new(None, target));
            }
            _ => {
                builder = RequestBuilder::new(method, target);
                for route in &self.0 {
                    builder.header(Name::Route, route);
                }
            }
        }
        builder.header(Name::MaxForwards, 70);
        builder
    }
}
