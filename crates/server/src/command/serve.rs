//! `ringwerk serve`

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use types::clock::Clock;
use types::entropy::Entropy;

use crate::config::{Config, Metrics, Severity, problems, taken_ports};
use crate::data_folder::{self, DataFolder};
use crate::reserve::Reserve;
use crate::system::{SystemClock, SystemEntropy};
use crate::wire::{Exchange, Trouble};
use crate::{addresses, certificate, http, logs, mail, texting, web, wire};

/// How long the exchange may take to finish what it promised when it is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Starts the phone system and works until it is told to stop.
pub fn run(config: &Config) -> Result<(), String> {
    logs::start(config.log_format);
    refuse_mistakes(config)?;
    let folder = DataFolder::open(&config.data)?;
    let _held = folder.hold()?;
    let taken = taken_ports(config);
    if !taken.is_empty() {
        return Err(taken.join("\n"));
    }
    allow_many_connections();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("office")
        .build()
        .map_err(|error| format!("Threads cannot be started: {error}."))?;
    runtime.block_on(serve(config, &folder))
}

async fn serve(config: &Config, folder: &DataFolder) -> Result<(), String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let domain = folder.domain(config.domain.as_deref(), || addresses::domain(config))?;
    let listener = listen("The web page", config.http).await?;
    let figures = listen_for_metrics(config.metrics).await?;
    // Before anything counts, since what is counted earlier is lost.
    let recorder = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| format!("Figures cannot be collected: {error}."))?;

    let exchange = Arc::new(Exchange::default());
    let mailing = mail::leaves(config, folder.mail(), addresses::pages(config, local(&listener)?))?;
    let (texting, news) = texting::leave(config)?;
    let office = wire::open(config, folder, &domain, &clock, &entropy, exchange.clone(), (mailing, texting)).await?;
    let certificate = if config.sip_tls.is_empty() {
        None
    } else {
        Some(certificate::load(config, &certificate_names(config, &domain))?)
    };
    let kept = office.ledger().open_journal(folder.journal()).await;
    let kept = kept.map_err(|error| {
        format!(
            "Call records of the last run in {} cannot be brought into the database: {error}.",
            folder.journal().display()
        )
    })?;
    if kept > 0 {
        tracing::info!(records = kept, "call records of the last run were brought into the database");
    }
    let (trouble, mut troubled) = watch::channel(None);
    let settings = wire::settings(config, &domain, certificate);
    let sip = wire::start(settings, &office, &exchange, trouble, &clock, &entropy).await?;

    office.start_post().await;
    office.start_texting().await;
    if let Some(news) = news {
        tokio::spawn(texting::take(news, office.clone()));
    }
    let (stop, stopped) = watch::channel(false);
    let mut servers = tokio::task::JoinSet::new();
    tokio::spawn(Reserve::new(folder.path(), config.reserve_megabytes).keep(office.clone(), stopped.clone()));
    let running = Running {
        pid: std::process::id(),
        http: local(&listener)?,
        sip: sip.udp,
        sip_tls: sip.tls,
        sip_ws: sip.ws,
        metrics: figures.as_ref().map(local).transpose()?,
    };
    let router = web::around(office.router(), Arc::clone(&entropy));
    servers.spawn(http::serve(listener, router, config.proxies.clone(), http::Limits::default(), stopped.clone()));
    if let Some(figures) = figures {
        servers.spawn(http::serve(figures, metrics_router(recorder), Vec::new(), http::Limits::default(), stopped));
    }
    // From here on a stop must be orderly, so the signals are caught before anybody is told that all is up.
    let mut signals = (signals(SignalKind::terminate())?, signals(SignalKind::interrupt())?);
    let file = folder.path().join("running.json");
    running.write(&file)?;
    greet(config, &running, &domain, office.setup_token().await.as_ref().map(|token| token.expose().as_str()));

    let ending = tokio::select! {
        _ = signals.0.recv() => Ok(()),
        _ = signals.1.recv() => Ok(()),
        // Only a panic ends them before they are told to.
        _ = servers.join_next() => Err("The web server ended by itself; the log says why.".to_owned()),
        _ = troubled.changed() => Err(troubled.borrow().map_or_else(String::new, |trouble: Trouble| trouble.to_string())),
    };
    tracing::info!("stopping: calls that are up can be taken up again after the next start");
    let drained = async {
        office.end_streams();
        let _ = stop.send(true);
        while servers.join_next().await.is_some() {}
        let _ = tokio::task::spawn_blocking(move || exchange.shutdown(DRAIN)).await;
        office.close().await;
    };
    tokio::select! {
        () = drained => {}
        _ = signals.0.recv() => tracing::warn!("told again to stop: not everything was finished"),
        _ = signals.1.recv() => tracing::warn!("told again to stop: not everything was finished"),
    }
    if let Err(error) = std::fs::remove_file(&file) {
        tracing::debug!(%error, "running.json is gone already");
    }
    ending
}

/// Where a running server listens, for tools and for tests that let the kernel choose the ports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Running {
    pid: u32,
    http: SocketAddr,
    sip: Vec<SocketAddr>,
    sip_tls: Vec<SocketAddr>,
    sip_ws: Vec<SocketAddr>,
    metrics: Option<SocketAddr>,
}

impl Running {
    fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        data_folder::write_private(path, &text)
    }
}

fn refuse_mistakes(config: &Config) -> Result<(), String> {
    let mut fatal = Vec::new();
    for problem in problems(config, false) {
        match problem.severity {
            Severity::Error => fatal.push(problem.text),
            Severity::Warning => tracing::warn!("{}", problem.text),
        }
    }
    if fatal.is_empty() { Ok(()) } else { Err(fatal.join("\n")) }
}

async fn listen(what: &str, address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("{what} cannot listen on {address}: {error}."))
}

async fn listen_for_metrics(metrics: Metrics) -> Result<Option<TcpListener>, String> {
    match metrics {
        Metrics::Off => Ok(None),
        Metrics::At(address) => listen("The page for Prometheus", address).await.map(Some),
        Metrics::IfFree(address) => match TcpListener::bind(address).await {
            Ok(listener) => Ok(Some(listener)),
            Err(error) => {
                tracing::info!(%error, %address, "figures for Prometheus are not served; --metrics chooses another address");
                Ok(None)
            }
        },
    }
}

fn metrics_router(recorder: PrometheusHandle) -> Router {
    Router::new().route(
        "/metrics",
        axum::routing::get(async move || {
            recorder.run_upkeep();
            ([(axum::http::header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render())
        }),
    )
}

fn local(listener: &TcpListener) -> Result<SocketAddr, String> {
    listener.local_addr().map_err(|error| format!("A listener has no address: {error}."))
}

fn signals(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("Signals cannot be caught: {error}."))
}

/// As many connections as the machine allows: every phone on TCP or TLS holds one.
fn allow_many_connections() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, "the number of connections cannot be raised");
    }
}

fn certificate_names(config: &Config, domain: &str) -> Vec<String> {
    let mut names = vec![domain.trim_matches(['[', ']']).to_owned()];
    for address in &config.sip_tls {
        let name = addresses::reachable(*address).ip().to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What the person at the terminal reads.
#[expect(clippy::print_stdout, reason = "the greeting is for the person at the terminal, not for the log")]
fn greet(config: &Config, running: &Running, domain: &str, setup_token: Option<&str>) {
    let web = addresses::pages(config, running.http);
    let list = |addresses: &[SocketAddr]| addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ");
    println!("Ringwerk {} is ready.", env!("CARGO_PKG_VERSION"));
    println!();
    println!("  Web page and API   {web}");
    println!("  Phones             domain {domain}; UDP and TCP on {}", list(&running.sip));
    if !running.sip_tls.is_empty() {
        println!("                     TLS on {}", list(&running.sip_tls));
    }
    if !running.sip_ws.is_empty() {
        println!("                     WebSocket on {}", list(&running.sip_ws));
    }
    if let Some(metrics) = running.metrics {
        println!("  Prometheus         http://{metrics}/metrics");
    }
    match &config.mail.server {
        Some(server) => println!("  Mail               {server}"),
        None => {
            println!("  Mail               no mail server: mails are kept in {}", config.data.join("mail").display())
        }
    }
    if let Some(server) = &config.sms.server {
        println!("  Text messages      {server}");
    }
    println!("  Data               {}", config.data.display());
    if let Some(token) = setup_token {
        println!();
        println!("There is no account yet. Open this link once to set up the first one:");
        println!();
        println!("  {web}/setup#{token}");
    }
    println!();
}
