//! Whoever looks for telephones on the net to abuse finds nothing here (threats T3, T6, T7).

use std::net::UdpSocket;
use std::time::Duration;

use stories::company::Credentials;
use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::{Sip, fresh};

/// Long enough for every answer that is under way, and for a retransmission (RFC 3261 section 17.1.1.1).
const MOMENT: Duration = Duration::from_millis(700);

const METHODS: [&str; 8] = ["OPTIONS", "REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE", "PUBLISH", "BYE", "NONSENSE"];

/// A request as scanners send it: `to` is both who asks and who is asked for.
fn request(method: &str, to: &str, from: &UdpSocket) -> String {
    let here = from.local_addr().unwrap();
    format!(
        "{method} sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{};rport\r\nMax-Forwards: 70\r\nFrom: \"scan\"<sip:{to}>;tag=1\r\n\
         To: \"scan\"<sip:{to}>\r\nCall-ID: {}\r\nCSeq: 1 {method}\r\nContact: <sip:100@{here}>\r\nUser-Agent: friendly-scanner\r\n\
         Accept: application/sdp\r\nContent-Length: 0\r\n\r\n",
        fresh(),
        fresh()
    )
}

fn socket(ip: std::net::IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    socket.set_read_timeout(Some(MOMENT)).unwrap();
    socket
}

fn answer(socket: &UdpSocket) -> Option<String> {
    let mut buffer = [0; 65_536];
    socket.recv(&mut buffer).ok().map(|size| String::from_utf8_lossy(&buffer[..size]).into_owned())
}

#[test]
fn a_scanner_learns_neither_product_nor_version_and_gets_no_more_than_it_sent() {
    let mut ringwerk = Ringwerk::new(House(90));
    ringwerk.demo(2);
    ringwerk.start();
    let scanner = socket(ringwerk.house().phone(0));
    let version = option_env!("CARGO_PKG_VERSION").unwrap_or("0.1.0");
    let mut answered = 0;
    for domain in ["elsewhere.example", "198.51.100.7", "a.b"] {
        for method in METHODS {
            let question = request(method, &format!("100@{domain}"), &scanner);
            scanner.send_to(question.as_bytes(), ringwerk.sip()).unwrap();
            let Some(answer) = answer(&scanner) else { continue };
            answered += 1;
            assert!(answer.len() <= question.len(), "{method} at {domain}:\n{question}\n{answer}");
            let lower = answer.to_lowercase();
            for word in ["ringwerk", "server:", "user-agent:", "organization:", version] {
                assert!(!lower.contains(word), "{word} is in\n{answer}");
            }
        }
    }
    assert!(answered > 10, "{answered} answers: nobody would find a fault this way");
    // The same at our own address, where an answer may be longer, and may still not say what we are.
    for method in METHODS {
        let question = request(method, &format!("100@{}", ringwerk.ip()), &scanner);
        scanner.send_to(question.as_bytes(), ringwerk.sip()).unwrap();
        let lower = answer(&scanner).unwrap_or_default().to_lowercase();
        assert!(!lower.contains("ringwerk") && !lower.contains("server:"), "{lower}");
    }
}

#[test]
fn ten_wrong_passwords_and_a_source_is_not_heard_any_more() {
    let mut ringwerk = Ringwerk::new(House(91));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let wrong = |index: usize| Credentials { password: "guess".to_owned(), ..company.phone(index) };
    let mut guesser = Phone::udp(house.phone(0), ringwerk.sip(), wrong(0));
    for _ in 0..10 {
        assert_eq!(guesser.register(300).status(), 401);
    }
    let unheard = request("OPTIONS", &format!("100@{}", ringwerk.ip()), &socket(house.phone(0)));
    let other = socket(house.phone(0));
    for bytes in [unheard.as_bytes(), b"not SIP at all, which would be answered with 400 if it were read\r\n\r\n"] {
        other.send_to(bytes, ringwerk.sip()).unwrap();
    }
    assert_eq!(answer(&other), None, "whatever comes from there is dropped");
    let dropped = ringwerk
        .metrics()
        .lines()
        .find_map(|line| line.strip_prefix("ringwerk_sip_dropped_total{why=\"banned\"} ")?.parse::<u64>().ok());
    assert!(dropped >= Some(2), "dropped before it was parsed: {dropped:?}");

    // Nobody else is the worse for it, and a phone's address cannot be spoiled by forged datagrams: neither by such that
    // carry an invented challenge, before it registers, nor by wrong passwords once it has.
    let mut phone = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    let forger = socket(house.phone(1));
    for _ in 0..30 {
        let invented = "Authorization: Digest username=\"1234567e0\", realm=\"x\", nonce=\"AAAAAQAAAAAAA0LeBtKUp991kS4a\", \
                        uri=\"sip:x\", response=\"00000000000000000000000000000000\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"a\"\r\n";
        let invented = invented.replace("realm=\"x\"", &format!("realm=\"{}\"", company.domain()));
        let text = request("REGISTER", &format!("{}@{}", company.phone(1).username, company.domain()), &forger);
        forger.send_to(text.replace("Accept:", &format!("{invented}Accept:")).as_bytes(), ringwerk.sip()).unwrap();
    }
    assert_eq!(phone.register(300).status(), 200);
    let mut guesser = Phone::udp(house.phone(1), ringwerk.sip(), wrong(2));
    for _ in 0..15 {
        assert_eq!(guesser.register(300).status(), 401, "heard, since a phone is registered from there");
    }
    assert_eq!(phone.register(300).status(), 200);
}

#[test]
fn forged_requests_bring_their_victim_fewer_bytes_than_they_cost() {
    let mut ringwerk = Ringwerk::new(House(92));
    let company = ringwerk.demo(2);
    ringwerk.start();
    let forger = socket(ringwerk.house().phone(0));
    let targets = [
        format!("{}@{}", company.phone(0).username, company.domain()),
        format!("100@{}", ringwerk.ip()),
        "100@elsewhere.example".to_owned(),
    ];
    let (mut sent, mut answers, mut came) = (0, 0, 0);
    let mut buffer = [0; 65_536];
    for number in 0..10_000 {
        let text = request(METHODS[number % METHODS.len()], &targets[number % targets.len()], &forger);
        forger.send_to(text.as_bytes(), ringwerk.sip()).unwrap();
        sent += text.len();
        // In small bursts, so that no buffer overflows and makes less of it than it is.
        if number % 50 == 49 {
            forger.set_nonblocking(false).unwrap();
            forger.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            for _ in 0..50 {
                let Ok(size) = forger.recv(&mut buffer) else { break };
                answers += 1;
                came += size;
            }
        }
    }
    // Whatever is repeated comes now.
    forger.set_read_timeout(Some(MOMENT)).unwrap();
    while let Ok(size) = forger.recv(&mut buffer) {
        answers += 1;
        came += size;
    }
    println!("{answers} answers, {came} bytes for {sent}");
    assert!(came <= sent, "{came} bytes for {sent}");
    assert!((5_000..=10_000).contains(&answers), "{answers} answers to 10000 requests");
}

#[test]
fn a_wrong_password_tells_nothing_about_whether_there_is_such_a_phone() {
    let mut ringwerk = Ringwerk::new(House(93));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let known = company.phone(0).username;
    let guess = |username: &str, invites: bool| {
        let credentials = Credentials {
            username: username.to_owned(),
            password: "guess".to_owned(),
            domain: company.domain().to_owned(),
        };
        let mut phone = Phone::udp(ringwerk.house().phone(0), ringwerk.sip(), credentials);
        shape(&if invites { phone.call("100").unwrap_err() } else { phone.register(300) })
    };
    // A phone that is not there, in as many letters.
    let unknown = format!("{}9", &known[..known.len() - 1]);
    for invites in [false, true] {
        assert_eq!(guess(&known, invites), guess(&unknown, invites));
    }
}

/// The status line, and each header's name and length.
fn shape(answer: &Sip) -> Vec<String> {
    let headers = answer.headers.iter().map(|(name, value)| {
        let varies = ["Via", "Call-ID", "From"].iter().any(|own| own.eq_ignore_ascii_case(name));
        if varies { name.clone() } else { format!("{name}: {} letters", value.len()) }
    });
    std::iter::once(answer.start.clone()).chain(headers).collect()
}

#[test]
fn registered_phones_are_heard_through_a_flood_and_offered_the_better_digest() {
    let mut ringwerk = Ringwerk::new(House(94));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let mut phone = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    assert_eq!(phone.register(300).status(), 200);
    let flood = socket(house.phone(1));
    let text = request("REGISTER", &format!("100@{}", ringwerk.ip()), &flood);
    for _ in 0..5 {
        // More than strangers get answers for; what they are owed is used up.
        for _ in 0..300 {
            flood.send_to(text.as_bytes(), ringwerk.sip()).unwrap();
        }
        // SHA-256 alone; with nothing but MD5 on offer this phone would give up.
        assert_eq!(phone.register(300).status(), 200);
    }
}
