//! One bound session (SMPP 3.4 section 2.2): requests out, answers and receipts in, a sign of life between.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiver, DeliverSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::codec::Framed;

use crate::connection::Wire;
use crate::receipt::{self, Delivered};
use crate::{Incoming, News, Request, Server, Unsent, submission};

/// Most bytes of a message of the SMSC.
const LARGEST: usize = 4096;
/// How long the connection may be silent before the SMSC is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(30);
/// How long writing may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most requests that wait for an answer at once.
const WINDOW: usize = 16;

/// What is waited for: which part by its sequence number.
type Pending = BTreeMap<u32, oneshot::Sender<Result<String, Unsent>>>;

/// A connection on which the SMSC knows us.
pub(crate) struct Session {
    frames: Framed<Box<dyn Wire>, CommandCodec>,
    sequence: u32,
}

impl Session {
    /// Makes us known: as somebody who sends and receives.
    pub(crate) async fn bind(wire: Box<dyn Wire>, server: &Server) -> Result<Self, String> {
        let unfit = |_| "system_id or password cannot be written in SMPP".to_owned();
        let bind = BindTransceiver::builder()
            .system_id(COctetString::from_string(server.system_id.clone()).map_err(unfit)?)
            .password(COctetString::from_string(server.password.expose().clone()).map_err(unfit)?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        let frames = Framed::new(wire, CommandCodec::new().with_max_length(LARGEST));
        let mut session = Self { frames, sequence: 0 };
        session.ask(bind).await?;
        match session.frames.next().await {
            Some(Ok(answer)) => match (answer.status(), answer.pdu()) {
                (CommandStatus::EsmeRok, Some(Pdu::BindTransceiverResp(_))) => Ok(session),
                (CommandStatus::EsmeRok, _) => Err("it does not speak SMPP as expected".to_owned()),
                (status, _) => Err(format!("it refuses to bind: {}", submission::words(status))),
            },
            Some(Err(error)) => Err(format!("it does not speak SMPP: {error}")),
            None => Err("it closed the connection instead of binding".to_owned()),
        }
    }

    /// Sends a request; its sequence number.
    async fn ask(&mut self, pdu: impl Into<Pdu>) -> Result<u32, String> {
        // 1 to 0x7fffffff (SMPP 3.4 section 5.1.4).
        self.sequence = if self.sequence >= 0x7fff_ffff { 1 } else { self.sequence + 1 };
        self.write(Command::new(CommandStatus::EsmeRok, self.sequence, pdu)).await?;
        Ok(self.sequence)
    }

    async fn write(&mut self, command: Command) -> Result<(), String> {
        match timeout(PATIENCE, self.frames.send(command)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the connection broke: {error}")),
            Err(_) => Err("it takes nothing any more".to_owned()),
        }
    }
}

/// Works until the connection ends (why it did), or until nobody sends any more (`None`).
pub(crate) async fn run(
    mut session: Session,
    server: &Server,
    requests: &mut mpsc::Receiver<Request>,
    news: &mpsc::Sender<News>,
) -> Option<String> {
    let mut pending = Pending::new();
    // As many as receipts can wait, so that every answer finds room.
    let (answer, mut answers) = mpsc::channel(crate::RECEIPTS + 1);
    // Asked whether it is there, and heard nothing since (SMPP 3.4 section 4.11).
    let mut asked_in_silence = false;
    let why = loop {
        // Whoever gave up waiting makes room for others.
        pending.retain(|_, waits| !waits.is_closed());
        let has_room = pending.len() < WINDOW;
        let done = tokio::select! {
            heard = timeout(SILENCE, session.frames.next()) => match heard {
                Ok(Some(Ok(command))) => {
                    asked_in_silence = false;
                    hear(&mut session, command, &mut pending, server, news, &answer).await
                }
                Ok(Some(Err(error))) => Err(format!("it wrote what is not SMPP: {error}")),
                Ok(None) => Err("it closed the connection".to_owned()),
                Err(_) if asked_in_silence => Err("it does not answer any more".to_owned()),
                Err(_) => {
                    asked_in_silence = true;
                    session.ask(Pdu::EnquireLink).await.map(drop)
                }
            },
            request = requests.recv(), if has_room => match request {
                Some(request) => submit(&mut session, request, &mut pending).await,
                None => {
                    let _ = session.ask(Pdu::Unbind).await;
                    return None;
                }
            },
            Some((sequence, kept)) = answers.recv() => {
                // A temporary error makes the SMSC try again.
                let status = if kept { CommandStatus::EsmeRok } else { CommandStatus::EsmeRxTAppn };
                session.write(Command::new(status, sequence, DeliverSmResp::default())).await
            }
        };
        if let Err(why) = done {
            break why;
        }
    };
    for waits in pending.into_values() {
        let _ = waits.send(Err(Unsent::Later(format!("{server}: {why}"))));
    }
    Some(why)
}

fn answer_to(command: &Command, pdu: Pdu) -> Command {
    Command::new(CommandStatus::EsmeRok, command.sequence_number(), pdu)
}

async fn submit(session: &mut Session, request: Request, pending: &mut Pending) -> Result<(), String> {
    let submit = match submission::compose(&request.part) {
        Ok(submit) => submit,
        Err(why) => {
            let _ = request.answer.send(Err(Unsent::Never(why)));
            return Ok(());
        }
    };
    match session.ask(submit).await {
        Ok(sequence) => {
            pending.insert(sequence, request.answer);
            Ok(())
        }
        Err(why) => {
            let _ = request.answer.send(Err(Unsent::Later(why.clone())));
            Err(why)
        }
    }
}

async fn hear(
    session: &mut Session,
    command: Command,
    pending: &mut Pending,
    server: &Server,
    news: &mpsc::Sender<News>,
    answer: &mpsc::Sender<(u32, bool)>,
) -> Result<(), String> {
    let sequence = command.sequence_number();
    match command.pdu() {
        Some(Pdu::EnquireLink) => session.write(answer_to(&command, Pdu::EnquireLinkResp)).await,
        Some(Pdu::Unbind) => {
            let _ = session.write(answer_to(&command, Pdu::UnbindResp)).await;
            Err("it ended the session".to_owned())
        }
        Some(Pdu::DeliverSm(deliver)) => {
            let status = match receipt::read(deliver) {
                Delivered::Receipt(receipt) => {
                    let incoming = Incoming { receipt, sequence, answer: answer.clone() };
                    match news.try_send(News::Receipt(incoming)) {
                        Ok(()) => return Ok(()),
                        Err(_) => CommandStatus::EsmeRxTAppn,
                    }
                }
                Delivered::Progress => CommandStatus::EsmeRok,
                // Nobody reads what people write back; the SMSC need not keep it.
                Delivered::Message => CommandStatus::EsmeRxPAppn,
            };
            session.write(Command::new(status, sequence, DeliverSmResp::default())).await
        }
        Some(Pdu::SubmitSmResp(_) | Pdu::GenericNack) | None => {
            if let Some(waits) = pending.remove(&sequence) {
                let _ = waits.send(submission::verdict(server, &command));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
