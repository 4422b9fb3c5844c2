//! A believable account for trying Ringwerk out and for tests: a German company with two locations.
//!
//! Nothing here is used by the product itself. Phone numbers come from the ranges that the Bundesnetzagentur
//! keeps free for film and fiction, so that no real person is ever called.

mod names;
mod numbers;

use names::person;
use numbers::{FictionalNumbers, extensions};
use office::fill::{NewAccount, NewGroup, NewLocation, NewOther, NewPhone, NewUser};
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::secret::Secret;

/// The company with `users` people. Everybody signs in with `password`.
///
/// The first person is the administrator, the second one the other user every account starts with. Numbers end where
/// the fictional ranges do.
pub fn company(users: usize, password: &str) -> Result<NewAccount, String> {
    let taken = extensions(users + 1, |number| number.parse::<ExtensionNumber>().is_ok());
    let mut extensions = taken.iter().filter_map(|number| number.parse::<ExtensionNumber>().ok());
    let mut numbers = FictionalNumbers::default().filter_map(|number| number.parse::<E164>().ok());
    let group = NewGroup {
        name: "Empfang".to_owned(),
        seconds: 25,
        members: (0..users.min(3)).collect(),
        extension: extensions.next(),
        number: numbers.next(),
    };
    let people = (0..users).map(|index| {
        let (first, last, mail) = person(index);
        let email =
            format!("{mail}@lindner.example").parse().map_err(|_| format!("{mail} makes no e-mail address."))?;
        Ok(NewUser {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: Some(email),
            password: Some(Secret::new(password.to_owned())),
            administrator: index == 0,
            location: Some(index % 2),
            extension: extensions.next(),
            number: numbers.next(),
            phones: vec![NewPhone { label: "Tischtelefon".to_owned(), password: None }],
            others: others(index),
        })
    });
    let people = people.collect::<Result<Vec<_>, String>>()?;
    Ok(NewAccount {
        company: "Lindner Feinmechanik GmbH".to_owned(),
        country: "DE".to_owned(),
        language: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        locations: vec![
            location("Zentrale", "Lindenallee", "12", "10115", "Berlin", "30"),
            location("Werk", "Am Hafen", "3", "20457", "Hamburg", "40"),
        ],
        users: people,
        groups: vec![group],
        spare_numbers: numbers.take(5).collect(),
    })
}

/// The second person has a mobile, the third a mobile and one phone more than is included. Their numbers are fictional too.
fn others(index: usize) -> Vec<NewOther> {
    let other = |label: &str, number: &str, mobile| {
        Some(NewOther { label: label.to_owned(), number: number.parse::<E164>().ok()?, mobile })
    };
    let mobile = |number| other("Mobiltelefon", number, true);
    match index {
        1 => mobile("+491713920017").into_iter().collect(),
        2 => [mobile("+491713920018"), other("Zu Hause", "+498999998900", false)].into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

fn location(name: &str, street: &str, number: &str, postcode: &str, city: &str, area_code: &str) -> NewLocation {
    NewLocation {
        name: name.to_owned(),
        street: street.to_owned(),
        number: number.to_owned(),
        postcode: postcode.to_owned(),
        city: city.to_owned(),
        country: "DE".to_owned(),
        area_code: Some(area_code.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_and_people_do_not() {
        let large = company(6_000, "x").unwrap();
        assert_eq!(large.users.len(), 6_000);
        assert!(large.users.iter().all(|user| user.extension.is_some()));
        assert_eq!(large.users.iter().filter(|user| user.number.is_some()).count(), 4_999);
        assert!(large.spare_numbers.is_empty());
        let small = company(2, "x").unwrap();
        assert!(small.users[0].administrator && !small.users[1].administrator);
        assert_eq!(small.spare_numbers.len(), 5);
    }
}
