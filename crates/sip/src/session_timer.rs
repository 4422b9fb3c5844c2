//! Session timers: RFC 4028. Who keeps a session alive, how often, and when it counts as dead.
//!
//! [`Policy::answer`] is the side that answers an INVITE or UPDATE, [`Policy::offer`] and [`Agreement::of_response`] the
//! side that sends one, [`SessionTimer`] the clock that runs from then on.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::clock::Tick;

use crate::message::header::{MinSe, Refresher, SessionExpires, supports};
use crate::message::{Head, Name, Request, RequestBuilder, Response, ResponseBuilder};

/// The smallest Min-SE there is, in seconds (RFC 4028 section 5).
const LEAST: u32 = 90;
/// Longest time before its end at which a session that was not refreshed is given up (RFC 4028 section 10).
const HEAD_START: Duration = Duration::from_secs(32);

/// What this side wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The session interval to ask for, in seconds, at least 90.
    pub interval: u32,
    /// The shortest interval to put up with, in seconds, at least 90.
    pub shortest: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { interval: 1800, shortest: LEAST }
    }
}

/// What both sides have settled. Survives a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// The session interval in seconds.
    pub seconds: u32,
    /// Whether this side refreshes.
    pub ours: bool,
}

/// The interval asked for is too short: answer 422 with this as Min-SE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall {
    /// Value of Min-SE in seconds.
    pub shortest: u32,
}

/// What goes into the 2xx of an INVITE or UPDATE, and what it settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    header: Option<SessionExpires>,
    /// What is settled; `None` if the session has no timer.
    pub agreement: Option<Agreement>,
}

impl Policy {
    /// Adds Supported, Session-Expires and Min-SE to an INVITE or UPDATE of ours. Within a session that has a timer,
    /// `current` keeps who refreshes (RFC 4028 section 7.4).
    pub fn offer(&self, request: &mut RequestBuilder, current: Option<Agreement>) {
        let refresher = current.map(|current| if current.ours { Refresher::Uac } else { Refresher::Uas });
        let seconds = current.map_or(self.interval, |current| current.seconds).max(self.shortest);
        request.header(Name::Supported, "timer").header(Name::SessionExpires, SessionExpires { seconds, refresher });
        if self.shortest > LEAST {
            request.header(Name::MinSe, MinSe(self.shortest));
        }
    }

    /// The policy with which to try again after a 422 (RFC 4028 section 7.3); `None` if the response makes no sense.
    #[must_use]
    pub fn after_too_small(&self, response: &Response) -> Option<Self> {
        let MinSe(shortest) = response.typed().ok()??;
        (shortest > self.interval.min(self.shortest))
            .then(|| Self { interval: self.interval.max(shortest), shortest: self.shortest.max(shortest) })
    }

    /// Answers an INVITE or UPDATE that will get a 2xx (RFC 4028 section 9 and table 2). A caller who knows session
    /// timers refreshes himself unless he wants it otherwise: so the side that may vanish is the one that has to show
    /// that it has not. Improper headers count as absent.
    ///
    /// # Errors
    /// [`TooSmall`] when the interval asked for is below [`Policy::shortest`] and the caller knows what a 422 is.
    pub fn answer(&self, request: &Request) -> Result<Answer, TooSmall> {
        let asked: Option<SessionExpires> = request.typed().ok().flatten();
        let MinSe(least) = request.typed().ok().flatten().unwrap_or(MinSe(LEAST));
        let knows = supports(request, "timer");
        let Some(asked) = asked else {
            if !knows {
                return Ok(Answer { header: None, agreement: None });
            }
            return Ok(Answer::new(self.interval.max(least).max(self.shortest), Refresher::Uac));
        };
        if asked.seconds < self.shortest && knows {
            return Err(TooSmall { shortest: self.shortest });
        }
        // An answer may shorten the interval, not below the Min-SE of whoever asked, and never lengthen it.
        let seconds = self.interval.max(least).max(self.shortest).min(asked.seconds).max(1);
        let refresher = match asked.refresher {
            // A proxy put the header in; the caller himself cannot refresh.
            _ if !knows => Refresher::Uas,
            Some(refresher) => refresher,
            None => Refresher::Uac,
        };
        Ok(Answer::new(seconds, refresher))
    }
}

impl Answer {
    fn new(seconds: u32, refresher: Refresher) -> Self {
        let header = SessionExpires { seconds, refresher: Some(refresher) };
        Self { header: Some(header), agreement: Some(Agreement { seconds, ours: refresher == Refresher::Uas }) }
    }

    /// Adds Session-Expires and Require to the 2xx.
    pub fn write(&self, response: &mut ResponseBuilder) {
        if let Some(header) = self.header {
            if header.refresher == Some(Refresher::Uac) {
                response.header(Name::Require, "timer");
            }
            response.header(Name::SessionExpires, header);
        }
    }
}

impl Agreement {
    /// What the 2xx to an INVITE or UPDATE of ours settles; `None` if the session has no timer (RFC 4028 section 7.2).
    #[must_use]
    pub fn of_response(response: &Response) -> Option<Self> {
        let head: &Head = response;
        let SessionExpires { seconds, refresher } = head.typed().ok()??;
        (seconds > 0).then_some(Self { seconds, ours: refresher != Some(Refresher::Uas) })
    }
}

/// What a timer asks of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a refresh: an UPDATE, or a re-INVITE to who does not know UPDATE.
    Refresh,
    /// Nobody refreshed in time: end the session with a BYE.
    Expired,
}

/// The clock of one session.
#[derive(Clone, Copy, Debug)]
pub struct SessionTimer {
    agreement: Agreement,
    refresh: Option<Tick>,
    end: Option<Tick>,
}

impl SessionTimer {
    /// The session was set up, refreshed, or taken up again after a restart.
    #[must_use]
    pub fn start(agreement: Agreement, now: Tick) -> Self {
        let interval = Duration::from_secs(u64::from(agreement.seconds));
        let end = interval.saturating_sub(HEAD_START.min(interval / 3));
        Self { agreement, refresh: agreement.ours.then(|| now + interval / 2), end: Some(now + end) }
    }

    /// What was settled.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.agreement
    }

    /// Something is due at `now`; call again until it answers `None`.
    pub fn handle_timeout(&mut self, now: Tick) -> Option<Due> {
        if self.end.is_some_and(|end| end <= now) {
            self.end = None;
            self.refresh = None;
            return Some(Due::Expired);
        }
        if self.refresh.is_some_and(|refresh| refresh <= now) {
            self.refresh = None;
            return Some(Due::Refresh);
        }
        None
    }

    /// When [`Self::handle_timeout`] is to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        [self.refresh, self.end].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;

    use super::*;
    use crate::message::Method;

    fn invite(lines: &str) -> Request {
        let text = format!(
            "INVITE sip:44@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        Request::parse(Bytes::from(text)).unwrap()
    }

    fn response(status: u16, lines: &str) -> Response {
        let text = format!(
            "SIP/2.0 {status} x\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        Response::parse(Bytes::from(text)).unwrap()
    }

    /// The timer headers of the 2xx to an INVITE with these, and who refreshes; or the Min-SE of the 422.
    fn answer(policy: Policy, lines: &str) -> Result<(String, Option<bool>), u32> {
        let request = invite(lines);
        let answer = policy.answer(&request).map_err(|small| small.shortest)?;
        let mut response = ResponseBuilder::new(&request, 200, Some("2"));
        answer.write(&mut response);
        let text = String::from_utf8(response.finish().to_vec()).unwrap();
        let wanted = |line: &&str| line.starts_with("Require") || line.starts_with("Session-Expires");
        Ok((text.lines().filter(wanted).collect::<Vec<_>>().join(" "), answer.agreement.map(|settled| settled.ours)))
    }

    #[test]
    fn the_refresher_is_settled_as_table_2_says() {
        let policy = Policy::default();
        let check = |lines: &str, header: &str, ours| {
            assert_eq!(answer(policy, lines), Ok((header.to_owned(), ours)), "{lines}");
        };
        check("", "", None);
        check("Session-Expires: 600\r\n", "Session-Expires: 600;refresher=uas", Some(true));
        let uac = "Require: timer Session-Expires: 600;refresher=uac";
        check("Supported: timer\r\nSession-Expires: 600\r\n", uac, Some(false));
        check("k: 100rel, timer\r\nx: 600;refresher=uac\r\n", uac, Some(false));
        let uas = "Session-Expires: 600;refresher=uas";
        check("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", uas, Some(true));
        check("Supported: timer\r\n", "Require: timer Session-Expires: 1800;refresher=uac", Some(false));
    }

    #[test]
    fn the_interval_is_shortened_to_ours_but_not_below_min_se() {
        let policy = Policy::default();
        let seconds = |lines: &str| policy.answer(&invite(lines)).unwrap().agreement.unwrap().seconds;
        assert_eq!(seconds("Supported: timer\r\nSession-Expires: 7200\r\n"), 1800);
        assert_eq!(seconds("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n"), 3600);
        assert_eq!(seconds("Supported: timer\r\nMin-SE: 3600\r\n"), 3600);
    }

    #[test]
    fn too_short_an_interval_is_422_to_who_understands_it() {
        let policy = Policy { interval: 1800, shortest: 300 };
        assert_eq!(answer(policy, "Supported: timer\r\nSession-Expires: 200\r\n"), Err(300));
        let unknowing = answer(policy, "Session-Expires: 200\r\n");
        assert_eq!(unknowing, Ok(("Session-Expires: 200;refresher=uas".to_owned(), Some(true))));
        let again = Policy::default().after_too_small(&response(422, "Min-SE: 3600\r\n")).unwrap();
        assert_eq!(again, Policy { interval: 3600, shortest: 3600 });
        assert_eq!(Policy::default().after_too_small(&response(422, "")), None);
        assert_eq!(Policy::default().after_too_small(&response(422, "Min-SE: 60\r\n")), None, "would loop");
    }

    #[test]
    fn an_offer_says_what_is_wanted_and_keeps_who_refreshes() {
        let offer = |current| {
            let mut request = RequestBuilder::new(Method::Invite, &"sip:a@b".parse().unwrap());
            Policy { interval: 1800, shortest: 120 }.offer(&mut request, current);
            String::from_utf8(request.finish().to_vec()).unwrap()
        };
        assert!(offer(None).contains("Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 120\r\n"));
        let kept = offer(Some(Agreement { seconds: 600, ours: false }));
        assert!(kept.contains("Session-Expires: 600;refresher=uas\r\n"));
    }

    #[test]
    fn the_2xx_settles_it() {
        let settled = |lines: &str| Agreement::of_response(&response(200, lines));
        assert_eq!(settled(""), None);
        let ours = Some(Agreement { seconds: 600, ours: true });
        assert_eq!(settled("Session-Expires: 600;refresher=uac\r\n"), ours);
        assert_eq!(settled("Session-Expires: 600\r\n"), ours);
        assert_eq!(settled("Session-Expires: 600;refresher=uas\r\n"), Some(Agreement { seconds: 600, ours: false }));
    }

    #[test]
    fn the_refresher_refreshes_at_half_time_and_both_give_up_shortly_before_the_end() {
        let mut ours = SessionTimer::start(Agreement { seconds: 1800, ours: true }, Tick(0));
        assert_eq!(ours.deadline(), Some(Tick(900_000_000)));
        assert_eq!(ours.handle_timeout(Tick(900_000_000)), Some(Due::Refresh));
        assert_eq!(ours.handle_timeout(Tick(900_000_000)), None);
        assert_eq!(ours.deadline(), Some(Tick(1_768_000_000)));
        assert_eq!(ours.handle_timeout(Tick(1_768_000_000)), Some(Due::Expired));
        assert_eq!(ours.deadline(), None);
        let mut theirs = SessionTimer::start(Agreement { seconds: 90, ours: false }, Tick(0));
        assert_eq!(theirs.deadline(), Some(Tick(60_000_000)));
        assert_eq!(theirs.handle_timeout(Tick(60_000_000)), Some(Due::Expired));
    }
}
