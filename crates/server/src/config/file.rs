//! The TOML file, section by section. An unknown word is an error, so that a slip of the pen is noticed.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use office::Tariff;
use serde::Deserialize;
use types::money::{Currency, Money};

use super::{Listen, Mail, Sms};
use crate::logs::Format;

/// The whole file. Every section and every line may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The data folder, relative to the working directory.
    pub data: Option<PathBuf>,
    /// `[database]`
    pub database: Database,
    /// `[http]`
    pub http: Http,
    /// `[sip]`
    pub sip: Sip,
    /// `[media]`
    pub media: Media,
    /// `[mail]`
    pub mail: Mail,
    /// `[sms]`
    pub sms: Sms,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[storage]`
    pub storage: Storage,
    /// `[prices]`
    pub prices: Prices,
    /// `[log]`
    pub log: Log,
}

/// Where accounts, numbers and call records are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://user:password@host/name`; left out, the embedded database is used.
    pub url: Option<String>,
}

/// The disk that the data folder is on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// How much of it is kept free for calls.
    pub reserve_megabytes: Option<u32>,
}

/// The web page and the API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// What people type into the browser, for links in mails.
    pub public_url: Option<String>,
    /// Web servers in front that say truly in `X-Forwarded-For` whom they speak for.
    pub proxies: Vec<IpAddr>,
}

/// The exchange's side towards phones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Addresses for UDP and TCP.
    pub listen: Vec<SocketAddr>,
    /// Address for TLS, or `"off"`.
    pub tls: Option<Listen>,
    /// Address for WebSocket.
    pub ws: Option<SocketAddr>,
    /// PEM file with the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub key: Option<PathBuf>,
    /// What stands after the `@`.
    pub domain: Option<String>,
}

/// Audio.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// The address phones are told to send audio to.
    pub address: Option<IpAddr>,
    /// First UDP port for audio.
    pub first_port: Option<u16>,
    /// Last UDP port for audio.
    pub last_port: Option<u16>,
}

/// Figures for Prometheus.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port, or `"off"`.
    pub listen: Option<Listen>,
}

/// What the operator charges accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    /// ISO 4217 code of all prices.
    pub currency: Currency,
    /// How many devices of a user cost nothing.
    pub included_devices: u16,
    /// Each further one, a month.
    pub further_device_monthly: Price,
    /// A user, a month.
    pub user_monthly: Price,
    /// A phone number, a month.
    pub number_monthly: Price,
    /// Each part of a text message.
    pub sms: Price,
}

impl Default for Prices {
    fn default() -> Self {
        let price = |text: &str| Price(text.to_owned());
        Self {
            currency: Currency::EUR,
            included_devices: 2,
            further_device_monthly: price("4.95"),
            user_monthly: price("0"),
            number_monthly: price("0"),
            sms: price("0"),
        }
    }
}

impl Prices {
    /// The tariff, or a sentence about the price that is none.
    pub fn tariff(&self) -> Result<Tariff, String> {
        let price = |name: &str, Price(text): &Price| {
            let price = Money::parse(text, self.currency).ok().filter(|price| price.minor() >= 0);
            price.ok_or_else(|| {
                let digits = self.currency.digits();
                format!("The price {name} = {text} is no amount of {} with at most {digits} decimals.", self.currency)
            })
        };
        let (device, user, number) = (
            price("further_device_monthly", &self.further_device_monthly)?,
            price("user_monthly", &self.user_monthly)?,
            price("number_monthly", &self.number_monthly)?,
        );
        let sms = price("sms", &self.sms)?;
        Tariff::new(self.included_devices, device, user, number)
            .and_then(|tariff| tariff.with_sms(sms))
            .map_err(|error| format!("The prices cannot be reckoned with: {error}."))
    }
}

/// A price as written: `"4.95"` or `4.95`. The digits count, not a floating-point number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenPrice")]
pub struct Price(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenPrice {
    Text(String),
    Whole(i64),
    Decimal(f64),
}

impl From<WrittenPrice> for Price {
    fn from(written: WrittenPrice) -> Self {
        Self(match written {
            WrittenPrice::Text(text) => text,
            WrittenPrice::Whole(whole) => whole.to_string(),
            // The shortest digits that mean this number: those that were written.
            WrittenPrice::Decimal(decimal) => decimal.to_string(),
        })
    }
}

/// What Ringwerk says while it runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `"text"` or `"json"`.
    pub format: Option<Format>,
}

impl File {
    /// Reads the file at `path`. The error is a sentence for the engineer, with line and column.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("The configuration file {} cannot be read: {error}.", path.display()))?;
        toml::from_str(&text)
            .map_err(|error| format!("The configuration file {} has a mistake:\n{error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_empty_file_is_complete() {
        let file: File = toml::from_str("").unwrap();
        assert!(file.http.listen.is_none() && file.sip.listen.is_empty());
    }

    #[test]
    fn what_listens_can_be_switched_off() {
        let file: File =
            toml::from_str("[sip]\ntls = \"off\"\n[metrics]\nlisten = \"127.0.0.1:9000\"\n[log]\nformat = \"json\"\n")
                .unwrap();
        assert_eq!(file.sip.tls, Some(Listen::Off));
        assert_eq!(file.metrics.listen, Some(Listen::At(SocketAddr::from(([127, 0, 0, 1], 9000)))));
        assert_eq!(file.log.format, Some(Format::Json));
    }

    #[test]
    fn prices_are_read_to_the_cent() {
        let tariff = |toml: &str| toml::from_str::<File>(toml).map_err(|error| error.to_string())?.prices.tariff();
        assert_eq!(tariff(""), Ok(Tariff::default()));
        let euros = |minor| Money::from_minor(minor, Currency::EUR);
        let written = tariff("[prices]\nfurther_device_monthly = 4.9\nuser_monthly = \"12.00\"\nnumber_monthly = 1\n");
        assert_eq!(written, Tariff::new(2, euros(490), euros(1200), euros(100)).map_err(|error| error.to_string()));
        let error = tariff("[prices]\nuser_monthly = 4.955\n").unwrap_err();
        assert_eq!(error, "The price user_monthly = 4.955 is no amount of EUR with at most 2 decimals.");
        assert!(tariff("[prices]\nuser_monthly = -1\n").is_err());
        assert!(tariff("[prices]\ncurrency = \"euro\"\n").is_err());
    }

    #[test]
    fn a_slip_of_the_pen_is_noticed() {
        let error = toml::from_str::<File>("[sip]\nlisten_udp = \"0.0.0.0:5060\"\n").unwrap_err();
        assert!(error.to_string().contains("listen_udp"), "{error}");
    }
}
