//! Amounts are read exactly, written as they were read, and never overflow silently.
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;
use types::money::{Currency, Money, MoneyError};

fn euros(text: &str) -> Result<i64, MoneyError> {
    Money::parse(text, Currency::EUR).map(Money::minor)
}

#[test]
fn amounts_are_read_to_the_cent() {
    for (text, minor) in [("4.95", 495), ("4.9", 490), ("5", 500), ("0", 0), ("0.07", 7), ("-0.50", -50), ("007", 700)]
    {
        assert_eq!(euros(text), Ok(minor), "{text}");
    }
    for text in ["", ".", "4.", ".5", "4.955", "4,95", "1.000.00", "4.9 ", "+4", "--4", "4e2", "€4", "٤.95"] {
        assert_eq!(euros(text), Err(MoneyError::Malformed), "{text}");
    }
    assert_eq!(euros("99999999999999999999"), Err(MoneyError::TooLarge));
    assert_eq!(Money::parse("12", Currency::JPY).map(Money::minor), Ok(12));
    assert_eq!(Money::parse("12.5", Currency::JPY), Err(MoneyError::Malformed));
}

#[test]
fn on_the_wire() {
    let money = Money::from_minor(495, Currency::EUR);
    let json = serde_json::to_string(&money).unwrap();
    assert_eq!(json, r#"{"minor":495,"currency":"EUR"}"#);
    assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    assert!(serde_json::from_str::<Money>(r#"{"minor":4.95,"currency":"EUR"}"#).is_err());
    assert!("eur".parse::<Currency>().is_err());
}

#[test]
fn currencies_do_not_mix() {
    let (euro, pound) = (Money::from_minor(1, Currency::EUR), Money::from_minor(1, Currency::GBP));
    assert_eq!(euro.checked_add(pound), Err(MoneyError::Currencies(Currency::EUR, Currency::GBP)));
    assert_eq!(Money::checked_sum([], Currency::EUR), Ok(Money::zero(Currency::EUR)));
    assert!(Money::checked_sum([euro, pound], Currency::EUR).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(minor in any::<i64>().prop_filter("has a positive twin", |m| *m != i64::MIN),
        currency in prop::sample::select(Currency::ALL.to_vec()))
    {
        let money = Money::from_minor(minor, currency);
        let text = money.to_string();
        let amount = text.strip_suffix(currency.code()).unwrap().trim_end();
        prop_assert_eq!(Money::parse(amount, currency), Ok(money));
    }

    #[test]
    fn sums_are_exact_or_refused(a in any::<i64>(), b in any::<i64>(), times in any::<i64>()) {
        let euro = |minor| Money::from_minor(minor, Currency::EUR);
        let exact = i128::from(a) + i128::from(b);
        match euro(a).checked_add(euro(b)) {
            Ok(sum) => prop_assert_eq!(i128::from(sum.minor()), exact),
            Err(_) => prop_assert!(i64::try_from(exact).is_err()),
        }
        match euro(a).checked_mul(times) {
            Ok(product) => prop_assert_eq!(i128::from(product.minor()), i128::from(a) * i128::from(times)),
            Err(_) => prop_assert!(i64::try_from(i128::from(a) * i128::from(times)).is_err()),
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(text in ".{0,20}") {
        let _ = Money::parse(&text, Currency::EUR);
    }
}
